#include "tidy/source_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sideband::tidy {
namespace {

namespace fs = std::filesystem;

// Walks over C++ text and blanks what is not code.
class Blanker {
 public:
  explicit Blanker(const std::string& text) : out_(text) {}

  std::string run() {
    while (at_ < out_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    if (starts("//")) {
      blank_to(std::min(out_.find('\n', at_), out_.size()));
    } else if (starts("/*")) {
      blank_to(after("*/", at_ + 2));
    } else if (starts("R\"") && (at_ == 0 || !is_word(out_[at_ - 1]))) {
      raw_string();
    } else if (out_[at_] == '"') {
      literal('"');
    } else if (out_[at_] == '\'' && (at_ == 0 || !is_word(out_[at_ - 1]))) {
      literal('\'');  // after a word it separates digits
    } else {
      ++at_;
    }
  }

  [[nodiscard]] bool starts(const char* what) const { return out_.compare(at_, 2, what) == 0; }

  [[nodiscard]] std::size_t after(const std::string& what, std::size_t from) const {
    const std::size_t found = out_.find(what, from);
    return found == std::string::npos ? out_.size() : found + what.size();
  }

  void blank_to(std::size_t end) {
    for (; at_ < end; ++at_) {
      if (out_[at_] != '\n') out_[at_] = ' ';
    }
  }

  void raw_string() {
    const std::size_t open = out_.find('(', at_);
    if (open == std::string::npos) return blank_to(out_.size());
    const std::string end = ")" + out_.substr(at_ + 2, open - at_ - 2) + "\"";
    blank_to(after(end, open));
  }

  void literal(char quote) {
    ++at_;
    while (at_ < out_.size() && out_[at_] != quote && out_[at_] != '\n') {
      const bool escape = out_[at_] == '\\' && at_ + 1 < out_.size() && out_[at_ + 1] != '\n';
      blank_to(at_ + (escape ? 2 : 1));
    }
    if (at_ < out_.size()) ++at_;
  }

  std::string out_;
  std::size_t at_ = 0;
};

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t from = 0;
  while (from < text.size()) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    lines.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return lines;
}

}  // namespace

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string Violation::text() const {
  const std::string place = line == 0 ? path : fmt::format("{}:{}", path, line);
  return fmt::format("{}: {}. Why: {}", place, rule, reason);
}

std::string blank_comments_and_literals(const std::string& text) {
  return Blanker(text).run();
}

SourceFile make_file(const std::string& path, const std::string& text) {
  SourceFile file{.path = path, .lines = split_lines(text), .code = {}};
  if (path.ends_with(".cpp") || path.ends_with(".h")) {
    file.code = split_lines(blank_comments_and_literals(text));
  }
  return file;
}

std::vector<SourceFile> read_files(const std::string& root, const std::vector<std::string>& folders,
                                   const std::vector<std::string>& endings) {
  std::vector<SourceFile> files;
  for (const std::string& folder : folders) {
    if (!fs::exists(root + "/" + folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root + "/" + folder)) {
      const std::string name = entry.path().string();
      const auto fits = [&](const std::string& ending) { return name.ends_with(ending); };
      if (!entry.is_regular_file() || std::none_of(endings.begin(), endings.end(), fits)) continue;
      std::ifstream in(name, std::ios::binary);
      const std::string text((std::istreambuf_iterator<char>(in)), {});
      files.push_back(make_file(fs::relative(entry.path(), root).string(), text));
    }
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& left, const SourceFile& right) { return left.path < right.path; });
  return files;
}

int columns_of(const std::string& line) {
  return static_cast<int>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

}  // namespace sideband::tidy
