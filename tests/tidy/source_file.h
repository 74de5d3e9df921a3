// A text file of the repository, as the rules see it: its lines, and for C++ the same lines with
// comments and literals blanked, so that a rule about code never trips over prose.
#pragma once

#include <string>
#include <vector>

namespace sideband::tidy {

struct SourceFile {
  std::string path;                // relative to the repository, '/' between folders
  std::vector<std::string> lines;  // as written, without line ends
  std::vector<std::string> code;   // same count; empty unless C++
};

struct Violation {
  std::string path;
  int line = 0;  // from 1; 0: the whole file
  std::string rule;
  std::string reason;

  [[nodiscard]] std::string text() const;
};

// `text` as the file `path`. Only .cpp and .h get `code`.
[[nodiscard]] SourceFile make_file(const std::string& path, const std::string& text);

// The C++ text with comments, string and character literals replaced by blanks; line ends stay.
// Quotes stay as well. Include lines keep nothing of their name: use `lines` for them.
[[nodiscard]] std::string blank_comments_and_literals(const std::string& text);

// Every file below the folders with one of these endings, sorted by path.
[[nodiscard]] std::vector<SourceFile> read_files(const std::string& root,
                                                 const std::vector<std::string>& folders,
                                                 const std::vector<std::string>& endings);

// Whether the character may stand in a name of C++.
[[nodiscard]] bool is_word(char c);

// Columns of a UTF-8 line: code points, as clang-format counts them.
[[nodiscard]] int columns_of(const std::string& line);

}  // namespace sideband::tidy
