// Lengths of lines, functions and files. Functions are found by their braces: a block whose heading
// has a parenthesis and which stands in a namespace or a class.
#include <fmt/format.h>

#include <cctype>

#include "tidy/rules.h"

namespace sideband::tidy {
namespace {

constexpr int kMaxColumns = 100, kMaxFunctionLines = 70, kMaxFileLines = 500;

class FunctionMeter {
 public:
  explicit FunctionMeter(const SourceFile& file) : file_(file) {}

  Violations run() {
    for (line_ = 0; line_ < static_cast<int>(file_.code.size()); ++line_) {
      const std::string& text = file_.code[static_cast<std::size_t>(line_)];
      if (!text.starts_with("#")) read_line(text);
    }
    if (closed_line_ >= 0) end_function();
    return std::move(found_);
  }

 private:
  void read_line(const std::string& text) {
    for (const char c : text) {
      if (depth_ > 0) {
        read_inside(c);
      } else if (std::isspace(static_cast<unsigned char>(c)) == 0) {
        read_outside(c);
      }
    }
  }

  void read_inside(char c) {
    if (c == '{') ++depth_;
    if (c == '}' && --depth_ == 0) closed_line_ = line_;
  }

  // Namespaces and classes are transparent: their braces only end a heading.
  void read_outside(char c) {
    // `: member_{1}, other_{2} {`: after a comma or another brace the heading goes on.
    if (closed_line_ >= 0 && c != ',' && c != '{') end_function();
    closed_line_ = -1;
    if (c == '}' || c == ';') return start_heading();
    if (first_line_ < 0) first_line_ = line_;
    if (c == '(') has_parenthesis_ = true;
    if (c != '{') return;
    if (has_parenthesis_) {
      depth_ = 1;
    } else {
      start_heading();
    }
  }

  void end_function() {
    const int lines = closed_line_ - first_line_ + 1;
    if (lines > kMaxFunctionLines) {
      found_.push_back(
          {file_.path, first_line_ + 1,
           fmt::format("a function of {} lines, more than {}", lines, kMaxFunctionLines),
           "a function is read as a whole, on one screen"});
    }
    start_heading();
  }

  void start_heading() {
    first_line_ = -1;
    has_parenthesis_ = false;
  }

  const SourceFile& file_;
  Violations found_;
  int line_ = 0;
  int first_line_ = -1;   // of the heading being read
  int closed_line_ = -1;  // of a brace that may have ended a function
  int depth_ = 0;         // braces open inside the function
  bool has_parenthesis_ = false;
};

}  // namespace

Violations check_sizes(const SourceFile& file) {
  Violations found;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const int columns = columns_of(file.lines[i]);
    if (columns <= kMaxColumns) continue;
    found.push_back({file.path, static_cast<int>(i) + 1,
                     fmt::format("a line of {} columns, more than {}", columns, kMaxColumns),
                     "two files fit beside each other"});
  }
  if (const int lines = static_cast<int>(file.lines.size()); lines > kMaxFileLines) {
    found.push_back({file.path, 0, fmt::format("{} lines, more than {}", lines, kMaxFileLines),
                     "a file has one subject"});
  }
  for (Violation& violation : FunctionMeter(file).run()) found.push_back(std::move(violation));
  return found;
}

}  // namespace sideband::tidy
