// libFuzzer target: whatever a text and what is said over it are, an edit of it says what is meant,
// or is refused.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "config/edit_text.h"
#include "config/typed_document.h"
#include "policy/declared.h"

// The text, a NUL byte, and the desired text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sideband;
  const std::string input(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = input.find('\0');
  if (cut == std::string::npos) return 0;
  const std::string text = input.substr(0, cut);
  const auto says = config::parse_yaml_documents("says.yaml", input.substr(cut + 1));
  const auto held = config::parse_yaml_documents("held.yaml", text);
  if (!says.ok() || says->empty() || !held.ok()) return 0;
  auto wanted = *held;
  if (wanted.empty()) wanted.emplace_back();
  wanted.front() = declared_over(says->front(), wanted.front(), {});
  const auto edited = config::edit_yaml(text, wanted);
  if (edited.ok()) {
    SB_CHECK(config::parse_yaml_documents("edited.yaml", *edited).value() == wanted);
  }
  const auto json = parse_json(text);
  if (!json.ok()) return 0;
  const Document over = declared_over(says->front(), *json, {});
  const auto edited_json = config::edit_json(text, over);
  if (edited_json.ok()) SB_CHECK(parse_json(*edited_json).value() == over);
  return 0;
}
