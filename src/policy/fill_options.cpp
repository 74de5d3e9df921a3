#include "policy/fill_options.h"

#include "policy/template.h"

namespace sideband {

Result<std::string> fill_text(const std::string& text, const ValueOf& value_of) {
  SB_ASSIGN(const Template parsed, Template::parse(text));
  std::map<std::string, std::string> values;
  for (const std::string& placeholder : parsed.placeholders()) {
    SB_ASSIGN(values[placeholder], value_of(placeholder));
  }
  FieldViews views;
  for (const auto& [name, value] : values) views.emplace_back(name, value);
  return parsed.render(views);
}

Result<DriverOptions> fill_options(const DriverOptions& options, const ValueOf& value_of) {
  DriverOptions out;
  for (const auto& [key, text] : options) {
    SB_ASSIGN(const Template parsed, Template::parse(text));
    for (const std::string& placeholder : parsed.placeholders()) {
      SB_ASSIGN(const std::string value, value_of(placeholder));
      if (value.find_first_of(std::string_view("\n\r\0", 3)) == std::string::npos) continue;
      return Error::invalid("{" + placeholder + "} has a line break and cannot stand in " + key);
    }
    SB_ASSIGN(out[key], fill_text(text, value_of));
  }
  return out;
}

}  // namespace sideband
