#include "policy/template.h"

#include <algorithm>

namespace sideband {

Result<Template> Template::parse(std::string_view text) {
  Template out;
  std::string literal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool doubled = i + 1 < text.size() && text[i + 1] == text[i];
    if ((text[i] == '{' || text[i] == '}') && doubled) {
      literal += text[i++];
    } else if (text[i] == '{') {
      const std::size_t end = text.find('}', i);
      if (end == std::string_view::npos || end == i + 1) {
        return Error::invalid("\"{\" needs a name and a closing \"}\" in \"" + std::string(text) +
                              '"');
      }
      if (!literal.empty()) out.parts_.push_back({std::move(literal), false});
      literal.clear();
      out.parts_.push_back({std::string(text.substr(i + 1, end - i - 1)), true});
      i = end;
    } else if (text[i] == '}') {
      return Error::invalid("\"}\" without \"{\" in \"" + std::string(text) + '"');
    } else {
      literal += text[i];
    }
  }
  if (!literal.empty()) out.parts_.push_back({std::move(literal), false});
  return out;
}

Result<std::string> Template::render(const FieldViews& fields) const {
  std::string out;
  for (const Part& part : parts_) {
    if (!part.placeholder) {
      out += part.text;
      continue;
    }
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&part](const auto& one) { return one.first == part.text; });
    if (field == fields.end()) return Error::not_found("\"" + part.text + "\" has no value");
    out += field->second;
  }
  return out;
}

std::vector<std::string> Template::literals() const {
  std::vector<std::string> texts(1);
  for (const Part& part : parts_) {
    if (part.placeholder) {
      texts.emplace_back();
    } else {
      texts.back() += part.text;
    }
  }
  return texts;
}

std::vector<std::string> Template::placeholders() const {
  std::vector<std::string> names;
  for (const Part& part : parts_) {
    if (part.placeholder) names.push_back(part.text);
  }
  return names;
}

}  // namespace sideband
