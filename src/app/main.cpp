// The one binary: daemon and command line.
#include "app/command_line.h"

int main(int argc, char** argv) {
  return sideband::run_command_line(argc, argv);
}
