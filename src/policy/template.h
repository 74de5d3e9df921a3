// Text with placeholders: "product:{id}". "{{" and "}}" stand for the braces themselves.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/state.h"

namespace sideband {

class Template {
 public:
  static Result<Template> parse(std::string_view text);

  // Fails, naming the placeholder, when a field is missing (a NULL column is missing).
  [[nodiscard]] Result<std::string> render(const FieldViews& fields) const;
  // The texts before, between and behind the placeholders: one more than there are of those.
  [[nodiscard]] std::vector<std::string> literals() const;
  // Names of the placeholders, in order of appearance.
  [[nodiscard]] std::vector<std::string> placeholders() const;

 private:
  struct Part {
    std::string text;
    bool placeholder = false;
  };
  std::vector<Part> parts_;
};

}  // namespace sideband
