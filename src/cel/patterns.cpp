#include "cel/patterns.h"

#include <fmt/format.h>
#include <re2/re2.h>

namespace sideband::cel {
namespace {

constexpr std::size_t kMaxPattern = 1000;
constexpr std::int64_t kMaxMemory = 256 * 1024;  // RE2 itself allows 8 MiB

}  // namespace

Result<std::shared_ptr<const re2::RE2>> compile_pattern(std::string_view pattern) {
  if (pattern.size() > kMaxPattern) {
    return Error::invalid(fmt::format("a pattern has {} bytes at most", kMaxPattern));
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  auto made =
      std::make_shared<const re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!made->ok()) return Error::invalid("this is no pattern: " + made->error());
  return {std::move(made)};
}

// A count such as {1,300} copies what stands before it: up to what RE2 accepts here, which takes it
// about 2 ms.
std::uint64_t compile_cost(std::string_view pattern) {
  const bool has_count = pattern.find('{') != std::string_view::npos;
  return (has_count ? 20'000 : 500) + 20 * pattern.size();
}

std::uint64_t search_cost(const re2::RE2& pattern, std::size_t bytes) {
  // The slow way of RE2 goes through the whole program for each byte; the usual one does not.
  return 10 + bytes * (1 + static_cast<std::uint64_t>(pattern.ProgramSize()) / 16);
}

bool found_in(const re2::RE2& pattern, std::string_view text) {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

}  // namespace sideband::cel
