#include "audit/verify/line_reader.h"

#include <cstring>

namespace sideband {

LineReader::LineReader(const std::string& path, std::size_t max_line)
    : file_(std::fopen(path.c_str(), "rbe"), &std::fclose),
      max_line_(max_line),
      buffer_((max_line + 1) * 4, '\0') {}

// Moves the unread part to the front and reads behind it.
bool LineReader::refill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const std::size_t count =
      std::fread(buffer_.data() + end_, 1, buffer_.size() - end_, file_.get());
  end_ += count;
  return count > 0;
}

std::optional<std::string_view> LineReader::next() {
  for (;;) {
    const char* from = buffer_.data() + begin_;
    const auto* newline = static_cast<const char*>(std::memchr(from, '\n', end_ - begin_));
    if (newline != nullptr) {
      const std::string_view line(from, static_cast<std::size_t>(newline - from));
      begin_ += line.size() + 1;
      damaged_ = line.size() > max_line_;
      return damaged_ ? std::nullopt : std::optional(line);
    }
    if (end_ - begin_ > max_line_ || !refill()) {
      damaged_ = end_ > begin_;
      return std::nullopt;
    }
  }
}

}  // namespace sideband
