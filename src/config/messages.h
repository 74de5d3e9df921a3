// Errors and warnings about configuration texts, all collected, each with its place.
//
// The form of one message, which editors and CI systems know from compilers:
//
//   shop.yaml:7:3: error: spec.intervall: unknown key; did you mean "interval"?
//     7 |   intervall: 10s
//       |   ^~~~~~~~~
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/near_word.h"
#include "config/node.h"

namespace sideband::config {

enum class Severity : std::uint8_t { kError, kWarning };

struct Message {
  Severity severity = Severity::kError;
  Span span;
  std::string path;        // "spec.gates.maxChanges"; empty for the text as a whole
  std::string text;        // one sentence without a period
  std::string about = {};  // of warnings: the document, by name
};

// Not thread-safe. Owns the sources, so that a message can show its line.
class Messages {
 public:
  // Registers a source and returns its number for spans.
  std::uint32_t add_source(std::string name, std::string text);
  [[nodiscard]] const std::string& source_name(std::uint32_t file) const;
  [[nodiscard]] const std::string& source_text(std::uint32_t file) const;

  void error(const Span& span, std::string path, std::string text);
  void warning(const Span& span, std::string path, std::string text, std::string about);
  // Forgets the warnings that are about other documents; errors stay.
  void keep_warnings_about(std::string_view name);

  [[nodiscard]] const std::vector<Message>& all() const { return messages_; }
  [[nodiscard]] std::size_t errors() const { return count(Severity::kError); }
  [[nodiscard]] std::size_t warnings() const { return count(Severity::kWarning); }
  // Distinct sources that have an error.
  [[nodiscard]] std::size_t files_with_errors() const;

  // "shop.yaml:7:3", or the name alone for a span of the whole file.
  [[nodiscard]] std::string place(const Span& span) const;
  // The messages by place, with excerpts; the first 200, and how many more there are. `color` adds
  // ANSI codes.
  [[nodiscard]] std::string render(bool color = false) const;

 private:
  struct Source {
    std::string name;
    std::string text;
  };

  [[nodiscard]] std::size_t count(Severity severity) const;
  class Lines;
  [[nodiscard]] std::string render_one(const Message& message, bool color,
                                       const Lines& lines) const;
  [[nodiscard]] static std::string excerpt(const Span& span, const Lines& lines);

  std::vector<Source> sources_;
  std::vector<Message> messages_;
};

using sideband::did_you_mean;
using sideband::edit_distance;

// kNotFound: there is no `kind` ("reconciler") of that name; with a guess, else with those that
// there are, as far as they fit on a line.
Error unknown_name(std::string_view kind, std::string_view name,
                   const std::vector<std::string>& known);

}  // namespace sideband::config
