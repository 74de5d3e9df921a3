// Small texts that the probes share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/document.h"

namespace sideband::scan {

// "1 file", "2 files", "3 processes".
std::string counted(std::int64_t count, const std::string& word);

// The word as a shell reads it back unchanged; empty where it holds more than printable ASCII:
// nobody should paste a command that they cannot see.
std::string shell_quote(std::string_view word);
// The words as one command, or empty when one of them cannot be quoted.
std::string shell_command(const std::vector<std::string>& words);

// Without blanks at both ends.
std::string_view trimmed(std::string_view text);
std::vector<std::string_view> lines_of(std::string_view text);
// Words between blanks.
std::vector<std::string> words_of(std::string_view text);
std::string folder_of(const std::string& path);
std::string base_name(const std::string& path);
// The path as it is when it starts with a slash, else below the folder.
std::string absolute_path(const std::string& path, const std::string& folder);

// The text of a member of that map, empty when it has none.
std::string member_text(const Document& map, const std::string& key);

}  // namespace sideband::scan
