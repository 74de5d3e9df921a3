#include "config/messages.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/check.h"
#include "base/utf8.h"

namespace sideband::config {
namespace {

constexpr std::size_t kExcerptBytes = 120;
constexpr std::size_t kMostRendered = 200;  // messages

bool is_utf8_tail(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

// One line fit for a terminal: no control characters, not too long.
std::string printable(std::string_view line) {
  std::string out;
  for (const char c : line) {
    if (out.size() >= kExcerptBytes && !is_utf8_tail(c)) return out + " ...";
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return out;
}

std::string paint(bool color, std::string_view code, std::string_view text) {
  return color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

}  // namespace

// The lines of a source, found once: there may be as many messages as lines.
class Messages::Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    for (std::size_t at = 0; at != std::string_view::npos;) {
      starts_.push_back(at);
      at = text.find('\n', at);
      if (at != std::string_view::npos) ++at;
    }
  }
  // Counts from 1; without the characters that end it. Empty where there is no such line.
  [[nodiscard]] std::string_view at(std::uint32_t line) const {
    if (line == 0 || line > starts_.size()) return {};
    std::string_view rest = text_.substr(starts_[line - 1]);
    rest = rest.substr(0, rest.find('\n'));
    return rest.ends_with('\r') ? rest.substr(0, rest.size() - 1) : rest;
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

std::uint32_t Messages::add_source(std::string name, std::string text) {
  sources_.push_back({std::move(name), std::move(text)});
  return static_cast<std::uint32_t>(sources_.size() - 1);
}

const std::string& Messages::source_name(std::uint32_t file) const {
  SB_CHECK(file < sources_.size());
  return sources_[file].name;
}

const std::string& Messages::source_text(std::uint32_t file) const {
  SB_CHECK(file < sources_.size());
  return sources_[file].text;
}

void Messages::error(const Span& span, std::string path, std::string text) {
  messages_.push_back({Severity::kError, span, std::move(path), std::move(text)});
}

void Messages::warning(const Span& span, std::string path, std::string text, std::string about) {
  messages_.push_back(
      {Severity::kWarning, span, std::move(path), std::move(text), std::move(about)});
}

void Messages::keep_warnings_about(std::string_view name) {
  std::erase_if(messages_, [name](const Message& message) {
    return message.severity == Severity::kWarning && message.about != name;
  });
}

std::size_t Messages::count(Severity severity) const {
  return static_cast<std::size_t>(
      std::count_if(messages_.begin(), messages_.end(),
                    [&](const Message& m) { return m.severity == severity; }));
}

std::size_t Messages::files_with_errors() const {
  std::set<std::uint32_t> files;
  for (const Message& message : messages_) {
    if (message.severity == Severity::kError) files.insert(message.span.file);
  }
  return files.size();
}

std::string Messages::place(const Span& span) const {
  if (span.line == 0) return source_name(span.file);
  return fmt::format("{}:{}:{}", source_name(span.file), span.line, span.column);
}

std::string Messages::excerpt(const Span& span, const Lines& lines) {
  const std::string_view line = lines.at(span.line);
  if (span.line == 0 || line.empty() || span.column > kExcerptBytes) return "";
  const std::string number = std::to_string(span.line);
  const std::size_t room = kExcerptBytes - span.column;
  const std::size_t tail = std::min<std::size_t>(span.length > 0 ? span.length - 1 : 0, room);
  return fmt::format("  {} | {}\n  {:{}} | {:{}}^{:~<{}}\n", number, printable(line), "",
                     number.size(), "", span.column - 1, "", tail);
}

std::string Messages::render_one(const Message& message, bool color, const Lines& lines) const {
  const bool bad = message.severity == Severity::kError;
  const std::string word = paint(color, bad ? "1;31" : "1;33", bad ? "error:" : "warning:");
  const std::string path = message.path.empty() ? "" : message.path + ": ";
  return fmt::format("{} {} {}{}\n{}", paint(color, "1", place(message.span) + ":"), word, path,
                     message.text, excerpt(message.span, lines));
}

std::string Messages::render(bool color) const {
  std::vector<const Message*> order;
  for (const Message& message : messages_) order.push_back(&message);
  std::stable_sort(order.begin(), order.end(), [](const Message* a, const Message* b) {
    return std::tie(a->span.file, a->span.line, a->span.column) <
           std::tie(b->span.file, b->span.line, b->span.column);
  });
  std::string out;
  std::map<std::uint32_t, Lines> lines;
  const std::size_t more = order.size() - std::min(order.size(), kMostRendered);
  order.resize(order.size() - more);
  for (const Message* message : order) {
    const std::uint32_t file = message->span.file;
    const auto of = lines.try_emplace(file, source_text(file)).first;
    out += render_one(*message, color, of->second);
  }
  if (more > 0) out += fmt::format("and {} more\n", more);
  return out;
}

Error unknown_name(std::string_view kind, std::string_view name,
                   const std::vector<std::string>& known) {
  constexpr std::size_t kMaxShown = 200;
  std::string what = fmt::format("there is no {} \"{}\"", kind, clip_text(name, kMaxShown));
  const std::string guess = did_you_mean(name, known);
  if (!guess.empty()) return Error::not_found(what + guess);
  if (known.empty()) return Error::not_found(what + "; the configuration has none");
  const std::string all = fmt::format("{}", fmt::join(known, ", "));
  return Error::not_found(what + "; the configuration has: " + clip_text(all, kMaxShown));
}

}  // namespace sideband::config
