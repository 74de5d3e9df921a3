#include "config/yaml_events.h"

#include <fmt/format.h>

#include <utility>

namespace sideband::config {
namespace {

// What the parser says, in words that do not need its specification.
std::string syntax_in_words(std::string_view problem, std::string_view context) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"did not find expected", "expected"},
      {"could not find expected", "expected"},
      {"expected '-' indicator", "expected a line that begins with -"},
      {"<document start>", "---"},
      {"mapping values are not allowed in this context",
       "a \":\" cannot stand here; quote the text that it is part of"},
      {"found character that cannot start any token",
       "no value begins with this character; quote the text that it is part of"},
      {"found unexpected end of stream", "the file ends here"},
      {"while parsing a flow mapping", "in a map in braces; is a quote or a brace not closed?"},
      {"while parsing a flow sequence",
       "in a list in brackets; is a quote or a bracket not closed?"},
      {"while parsing a block mapping", "in a map; are its keys one below the other?"},
      {"while parsing a block collection", "in a list; are its items one below the other?"},
      {"while scanning a quoted scalar", "in a text in quotes, which is not closed"},
      {"while scanning a simple key", "after a key"},
      {"while scanning for the next token", ""},
      {"while scanning a plain scalar", "in a text without quotes"}};
  std::string text(problem.empty() ? "cannot be read" : problem);
  if (!context.empty()) text += fmt::format(" {}", context);
  for (const auto& [theirs, ours] : kWords) {
    if (const std::size_t at = text.find(theirs); at != std::string::npos) {
      text.replace(at, theirs.size(), ours);
    }
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

std::string text_of(const yaml_char_t* text) {
  return text == nullptr ? "" : reinterpret_cast<const char*>(text);
}

YamlEvents::YamlEvents(std::uint32_t file, Messages& messages) : file_(file), messages_(messages) {
  const std::string& text = messages.source_text(file);
  yaml_parser_initialize(&parser_);
  yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                               text.size());
  yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
}

YamlEvents::~YamlEvents() {
  yaml_event_delete(&event_);
  yaml_parser_delete(&parser_);
}

const yaml_event_t* YamlEvents::next() {
  yaml_event_delete(&event_);
  event_ = {};
  if (yaml_parser_parse(&parser_, &event_) == 1) return &event_;
  report_syntax();
  return nullptr;
}

Span YamlEvents::span_of(const yaml_event_t& event) const {
  Span span = span_of(event.start_mark);
  if (event.end_mark.line == event.start_mark.line &&
      event.end_mark.column > event.start_mark.column) {
    span.length = static_cast<std::uint32_t>(event.end_mark.column - event.start_mark.column);
  }
  return span;
}

Span YamlEvents::span_of(const yaml_mark_t& mark) const {
  return {.file = file_,
          .line = static_cast<std::uint32_t>(mark.line + 1),
          .column = static_cast<std::uint32_t>(mark.column + 1),
          .length = 1};
}

void YamlEvents::report_syntax() {
  const Span span = span_of(parser_.problem_mark);
  if (tab_indents(parser_.problem_mark)) {
    messages_.error(span, "", "a tab in the indentation; YAML indents with spaces only");
    return;
  }
  const std::string_view problem = parser_.problem == nullptr ? "" : parser_.problem;
  const std::string_view context = parser_.context == nullptr ? "" : parser_.context;
  messages_.error(span, "", "not valid YAML: " + syntax_in_words(problem, context));
}

bool YamlEvents::tab_indents(const yaml_mark_t& mark) const {
  const std::string_view text = messages_.source_text(file_);
  if (mark.index > text.size()) return false;
  std::size_t start = 0;
  for (std::size_t line = 0; line < mark.line; ++line) start = text.find('\n', start) + 1;
  const std::size_t content = text.find_first_not_of(" \t", start);
  return text.substr(start, content - start).find('\t') != std::string_view::npos;
}

}  // namespace sideband::config
