#include "drivers/signal_value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>

namespace sideband {
namespace {

constexpr std::string_view kWhite = " \t\r\n";
constexpr std::size_t kMaxShown = 60;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kWhite);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhite) - first + 1);
}

}  // namespace

Error no_reading(std::string why) {
  return {ErrorCode::kCorrupt, std::move(why), Retry::kAfter, Effect::kNone};
}

Result<double> signal_number(std::string_view text) {
  std::string_view word = trimmed(text);
  // As Prometheus writes infinity.
  if (word.size() > 1 && word[0] == '+' && word[1] != '-') word.remove_prefix(1);
  if (word == "true" || word == "t") return 1.0;
  if (word == "false" || word == "f") return 0.0;
  double value = 0;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value);
  if (word.empty() || error != std::errc() || stop != end) {
    return no_reading(word.empty() ? "the answer is empty" : "the answer is no number")
        .saying(word.substr(0, kMaxShown));
  }
  if (!std::isfinite(value)) {
    return no_reading(std::isnan(value) ? "the answer is NaN" : "the answer is infinite");
  }
  return value;
}

config::SignalKind sql_signal_kind() {
  return {.word = "sql",
          .doc = "What a query answers, in a transaction that can change nothing.",
          .fields = {{.key = "query",
                      .doc = "A SELECT with one row of one column, a number or a truth.",
                      .required = true}}};
}

Result<std::string> parse_sql_signal(const OptionReader& reader) {
  return reader.text("query");
}

Result<std::string> only_one_of(const OptionReader& reader, const std::vector<std::string>& keys) {
  std::vector<std::string> found;
  for (const std::string& key : keys) {
    // Of a key that is true or false, false is as good as nothing.
    if (reader.has(key) && reader.text_or(key, "") != "false") found.push_back(key);
  }
  if (found.size() == 1) return found.front();
  const std::string all = fmt::format("{}", fmt::join(keys, ", "));
  return reader.wrong(found.empty() ? "" : found.back(),
                      found.empty() ? "write one of " + all : "write only one of " + all);
}

}  // namespace sideband
