// libFuzzer target: any bytes as configuration, as YAML data and as JSON must give values or
// errors.
#include <cstddef>
#include <cstdint>
#include <string>

#include "config/typed_document.h"
#include "model/document.h"
#include "policy/document_diff.h"
#include "settings/compile.h"
#include "settings/drivers_for_tests.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sideband;
  const std::string text(reinterpret_cast<const char*>(data), size);
  static const auto drivers = policy::drivers_for_tests();
  const auto compiled = policy::compile({{"fuzz.yaml", text}}, drivers, from_us(0));
  static_cast<void>(compiled.messages.render(true));
  const auto json = parse_json(text);
  const auto yaml = config::parse_yaml_documents("fuzz.yaml", text);
  if (json.ok() && yaml.ok() && !yaml->empty()) {
    static_cast<void>(diff_documents(*json, yaml->front(), {.sets = {"/*"}}));
  }
  return 0;
}
