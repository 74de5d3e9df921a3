// The one binary: daemon and command line.
#include "app/run_commands.h"
#include "app/serve.h"
#include "app/wiring.h"
#include "cli/grammar/run.h"
#include "gateway/identities.h"
#include "gateway/openapi.h"

namespace sideband {
namespace {

Result<std::string> make_token(const std::string& state, const std::string& identity) {
  SystemRandom random;
  return Identities::create(state + "/tokens", identity, random);
}

Result<std::shared_ptr<const Settings>> load_and_print(const std::vector<std::string>& paths,
                                                       const Clock& clock, std::ostream& err,
                                                       bool color, std::string_view about) {
  return load_settings(paths, clock, print_messages(err, color), about);
}

cli::Program this_program() {
  return {.version = SIDEBAND_VERSION,
          .date = SIDEBAND_DATE,
          .driver_fields = &all_driver_fields,
          .load_settings = &load_and_print,
          .reach_targets = &reach_targets,
          .serve = &serve,
          .run_commands = &run_commands,
          .make_token = &make_token,
          .openapi = [] { return openapi_document(SIDEBAND_VERSION); }};
}

}  // namespace
}  // namespace sideband

int main(int argc, char** argv) {
  const sideband::cli::Program program = sideband::this_program();
  return sideband::cli::run_command_line(program, argc, argv);
}
