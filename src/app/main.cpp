// The one binary: daemon and command line.
#include "app/serve.h"
#include "app/wiring.h"
#include "cli/grammar/run.h"
#include "gateway/identities.h"

namespace sideband {
namespace {

Result<std::string> make_token(const std::string& state, const std::string& identity) {
  SystemRandom random;
  return Identities::create(state + "/tokens", identity, random);
}

cli::Program this_program() {
  return {.version = SIDEBAND_VERSION,
          .date = SIDEBAND_DATE,
          .driver_fields = &all_driver_fields,
          .load_settings = &load_settings,
          .reach_targets = &reach_targets,
          .serve = &serve,
          .make_token = &make_token};
}

}  // namespace
}  // namespace sideband

int main(int argc, char** argv) {
  const sideband::cli::Program program = sideband::this_program();
  return sideband::cli::run_command_line(program, argc, argv);
}
