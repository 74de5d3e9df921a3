// The events of a YAML text as libyaml parses it, with their places; what both readers of YAML
// stand on: the strict one for configuration (yaml.h) and the one for data (yaml_nodes.h).
#pragma once

#include <yaml.h>

#include <string>

#include "config/messages.h"

namespace sideband::config {

std::string text_of(const yaml_char_t* text);

// Owns one libyaml parser. Not thread-safe; `messages` must outlive it.
class YamlEvents {
 public:
  YamlEvents(std::uint32_t file, Messages& messages);
  YamlEvents(const YamlEvents&) = delete;
  YamlEvents& operator=(const YamlEvents&) = delete;
  ~YamlEvents();

  // The next event, valid until the next call; null after a syntax error, which is a message then.
  const yaml_event_t* next();
  // Its first line.
  [[nodiscard]] Span span_of(const yaml_event_t& event) const;

 private:
  [[nodiscard]] Span span_of(const yaml_mark_t& mark) const;
  void report_syntax();
  [[nodiscard]] bool tab_indents(const yaml_mark_t& mark) const;

  std::uint32_t file_;
  Messages& messages_;
  yaml_parser_t parser_{};
  yaml_event_t event_{};
};

}  // namespace sideband::config
