// Reads a file line by line in large blocks, without copying lines that lie within one.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sideband {

// Not thread-safe.
class LineReader {
 public:
  LineReader(const std::string& path, std::size_t max_line);

  [[nodiscard]] bool open() const { return file_ != nullptr; }
  // The next line without its newline, valid until the next call; nothing at the end or at damage.
  std::optional<std::string_view> next();
  // The file ended within a line, or a line was longer than the limit.
  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  bool refill();

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  const std::size_t max_line_;
  std::string buffer_;
  std::size_t begin_ = 0;  // unread part of the buffer
  std::size_t end_ = 0;
  bool damaged_ = false;
};

}  // namespace sideband
