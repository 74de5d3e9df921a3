#include "config/edit_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/jcs.h"
#include "config/data_node.h"
#include "config/json_nodes.h"
#include "config/typed_document.h"
#include "config/yaml_text.h"

namespace sideband::config {
namespace {

using Kind = Document::Kind;

constexpr const char* kWouldGo = "something would have to go";

bool is_collection(const Document& document) {
  return document.kind == Kind::kList || document.kind == Kind::kMap;
}

// Tags are written nowhere: a text that is edited keeps those that it has.
bool has_tags(const Document& document) {
  const auto& members = document.members;
  if (members.size() == 1 && members.begin()->first.starts_with('!')) return true;
  return std::any_of(document.items.begin(), document.items.end(), has_tags) ||
         std::any_of(members.begin(), members.end(),
                     [](const auto& member) { return has_tags(member.second); });
}

std::string single_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

// Printable on one line, as single quotes need it.
bool is_one_line(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
  });
}

// A number with a unit or the like, such as 30s or 2-beta: a text to YAML 1.1 and 1.2 alike,
// because it has a letter that is in no number.
bool is_text_with_digits(const std::string& text) {
  const auto in = [](std::string_view set) {
    return [set](char c) { return set.find(c) != std::string_view::npos; };
  };
  static constexpr std::string_view kDigits = "0123456789";
  static constexpr std::string_view kInNumbers = "abcdefoxABCDEFOX_.-/";
  static constexpr std::string_view kInNone = "ghijklmnpqrstuvwyzGHIJKLMNPQRSTUVWYZ";
  return !text.empty() && in(kDigits)(text.front()) &&
         std::any_of(text.begin(), text.end(), in(kInNone)) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return in(kDigits)(c) || in(kInNumbers)(c) || in(kInNone)(c); });
}

struct Edit {
  std::size_t start = 0;
  std::size_t end = 0;
  std::string text;
};

// Gathers the edits of one text. Fails by an error that is kept; what is gathered means nothing
// then.
class Editor {
 public:
  enum class Format { kYaml, kJson };

  Editor(const std::string& text, Format format) : text_(text), format_(format) {
    if (text.find("\r\n") != std::string::npos) line_end_ = "\r\n";
  }

  void change(const DataNode& node, const Document& found, const Document& wanted,
              const std::string& path);
  // Documents behind the last one.
  void append_document(const Document& wanted, bool first);
  // The text with all edits.
  [[nodiscard]] Result<std::string> result();
  [[nodiscard]] std::optional<Error> error() const { return error_; }

 private:
  void change_map(const DataNode& node, const Document& found, const Document& wanted,
                  const std::string& path);
  void change_list(const DataNode& node, const Document& found, const Document& wanted,
                   const std::string& path);
  void replace(const DataNode& node, const Document& wanted, const std::string& path);
  void add(const DataNode& node, const Document& added, const std::string& path);
  void add_to_flow(const DataNode& node, const Document& added, const std::string& path);
  void add_to_block(const DataNode& node, const Document& added);

  void refuse(const std::string& path, const std::string& why) {
    if (!error_) error_ = Error::invalid((path.empty() ? "/" : path) + ": " + why);
  }
  [[nodiscard]] std::string_view part(std::size_t start, std::size_t end) const {
    return std::string_view(text_).substr(start, end - start);
  }
  struct FlowLayout {
    std::string between = " ";  // behind a comma
    std::string colon = ": ";
  };
  [[nodiscard]] FlowLayout layout_of(const DataNode& node) const;
  [[nodiscard]] std::string in_place(const Document& value, DataStyle before) const;
  [[nodiscard]] std::string as_block_text(const Document& value, std::string_view before) const;
  [[nodiscard]] std::size_t indent_of(const DataNode& node) const;
  [[nodiscard]] std::size_t line_end_after(std::size_t at) const;
  [[nodiscard]] std::size_t behind_comments(std::size_t at, std::size_t indent) const;
  [[nodiscard]] std::size_t behind_anchor(const DataNode& node) const;
  [[nodiscard]] std::string lines(const Document& value, std::size_t indent) const;

  const std::string& text_;
  const Format format_;
  std::string line_end_ = "\n";
  std::vector<Edit> edits_;
  std::optional<Error> error_;
};

void Editor::change(const DataNode& node, const Document& found, const Document& wanted,
                    const std::string& path) {
  if (found == wanted || error_) return;
  if (node.kind == DataKind::kMap && found.kind == Kind::kMap && wanted.kind == Kind::kMap) {
    return change_map(node, found, wanted, path);
  }
  if (node.kind == DataKind::kList && found.kind == Kind::kList && wanted.kind == Kind::kList) {
    return change_list(node, found, wanted, path);
  }
  replace(node, wanted, path);
}

void Editor::change_map(const DataNode& node, const Document& found, const Document& wanted,
                        const std::string& path) {
  if (!node.tag.empty() && found.members.size() == 1 && has_tags(found)) {
    return refuse(path, "it has a tag");
  }
  for (const auto& [key, value] : found.members) {
    if (wanted.members.count(key) == 0) return refuse(path + "/" + key, kWouldGo);
  }
  std::map<std::string_view, const DataNode*> own;
  for (std::size_t i = 0; i + 1 < node.parts.size(); i += 2) {
    if (!node.parts[i].is_plain("<<")) own[node.parts[i].text] = &node.parts[i + 1];
  }
  Document added = Document::of(Kind::kMap);
  for (const auto& [key, value] : wanted.members) {
    const std::string below = path + "/" + key;
    const auto at = own.find(key);
    const auto held = found.members.find(key);
    const bool has = held != found.members.end();
    if (at != own.end() && has) {
      change(*at->second, held->second, value, below);
    } else if (!has || !(held->second == value)) {
      if (has && is_collection(value)) return refuse(below, "it comes from a merge key");
      added.members.emplace(key, value);
    }
  }
  if (!added.members.empty()) add(node, added, path);
}

void Editor::change_list(const DataNode& node, const Document& found, const Document& wanted,
                         const std::string& path) {
  const std::size_t held = std::min(found.items.size(), node.parts.size());
  if (wanted.items.size() < held) return refuse(path, kWouldGo);
  for (std::size_t i = 0; i < held; ++i) {
    change(node.parts[i], found.items[i], wanted.items[i], path + "/" + std::to_string(i));
  }
  Document added = Document::of(Kind::kList);
  added.items.assign(wanted.items.begin() + static_cast<std::ptrdiff_t>(held), wanted.items.end());
  if (!added.items.empty()) add(node, added, path);
}

void Editor::add(const DataNode& node, const Document& added, const std::string& path) {
  if (format_ == Format::kYaml && has_tags(added)) return refuse(path, "a tag cannot be written");
  node.style == DataStyle::kFlow ? add_to_flow(node, added, path) : add_to_block(node, added);
}

// The value's text in the place of another one, on one line; a text keeps the quotes that it had.
std::string Editor::in_place(const Document& value, DataStyle before) const {
  if (format_ == Format::kJson || is_collection(value)) return to_json(value);
  if (value.kind == Kind::kString) {
    if (before == DataStyle::kSingleQuoted && is_one_line(value.text)) {
      return single_quoted(value.text);
    }
    if (before == DataStyle::kDoubleQuoted) return json_string(value.text);
    if (before == DataStyle::kPlain && is_text_with_digits(value.text)) return value.text;
  }
  std::string line = to_yaml(value);
  line.pop_back();  // its line break
  return line;
}

// A text of several lines stays one behind |, where it needs no escapes there.
std::string Editor::as_block_text(const Document& value, std::string_view before) const {
  const std::string& text = value.text;
  const bool ends = text.ends_with('\n');
  std::string body = text.substr(0, text.size() - (ends ? 1 : 0));
  std::string joined = body;
  std::replace(joined.begin(), joined.end(), '\n', ' ');
  const std::size_t line = before.find('\n');
  const bool plain = value.kind == Kind::kString && body.find('\n') != std::string::npos &&
                     is_one_line(joined) && body.front() != ' ' && body.front() != '\n' &&
                     body.back() != '\n' && line != std::string_view::npos;
  if (!plain) return in_place(value, DataStyle::kBlockText);
  const std::size_t first = before.find_first_not_of("\r\n", line);
  const std::size_t indent = before.find_first_not_of(' ', first) - first;
  const std::string next = line_end_ + std::string(indent, ' ');
  std::string out = (ends ? "|" : "|-") + next;
  for (const char c : body) out += c == '\n' ? next : std::string(1, c);
  return out;
}

// What stands before the value itself: its anchor. A tag says what the old value was, and goes.
std::size_t Editor::behind_anchor(const DataNode& node) const {
  std::size_t at = node.start;
  if (node.anchor.empty() || node.kind == DataKind::kAlias || text_[at] != '&') return at;
  at = std::min(text_.find_first_of(" \t\r\n", at), node.end);
  return std::min(text_.find_first_not_of(" \t", at), node.end);
}

void Editor::replace(const DataNode& node, const Document& wanted, const std::string& path) {
  if (format_ == Format::kYaml && has_tags(wanted)) return refuse(path, "a tag cannot be written");
  if (node.kind == DataKind::kAlias && is_collection(wanted)) {
    return refuse(path, "it is the alias *" + node.anchor);
  }
  const std::size_t start = behind_anchor(node);
  const bool block = node.style == DataStyle::kBlockText;
  const std::string_view old = part(start, node.end);
  const std::string_view where_comments = block ? old.substr(0, old.find('\n')) : old;
  const bool collection = node.kind == DataKind::kList || node.kind == DataKind::kMap;
  if ((collection || block) && format_ == Format::kYaml &&
      where_comments.find('#') != std::string_view::npos) {
    return refuse(path, "a comment in it would be lost");
  }
  std::string text = block ? as_block_text(wanted, old) : in_place(wanted, node.style);
  const bool needs_blank = start > 0 && start == node.end && text_[start - 1] != ' ';
  edits_.push_back({start, node.end, (needs_blank ? " " : "") + text});
}

// As the first member is written: on a line of its own or not, with blanks or without.
Editor::FlowLayout Editor::layout_of(const DataNode& node) const {
  FlowLayout layout;
  if (node.parts.empty()) return layout;
  const std::size_t first = node.parts.front().start;
  const std::size_t open = text_.find_last_not_of(" \t\r\n", first - 1);
  const std::string_view lead = part(open + 1, first);
  const bool compact =
      node.kind == DataKind::kMap
          ? part(node.parts[0].end, node.parts[1].start) == ":"
          : node.parts.size() > 1 && part(node.parts[0].end, node.parts[1].start) == ",";
  if (compact && format_ == Format::kJson) layout = {"", ":"};
  if (lead.find('\n') != std::string_view::npos) layout.between = lead;
  return layout;
}

void Editor::add_to_flow(const DataNode& node, const Document& added, const std::string& path) {
  const std::size_t close = node.end - 1;
  const std::size_t last = node.parts.empty() ? close : node.parts.back().end;
  const std::string_view rest = part(last, close);
  if (format_ == Format::kYaml && rest.find('#') != std::string_view::npos) {
    return refuse(path, "a comment stands before its closing bracket");
  }
  const bool comma = rest.find(',') != std::string_view::npos;
  const FlowLayout layout = layout_of(node);
  std::string text;
  const auto put = [&](const std::string& one) {
    const bool first = text.empty() && (node.parts.empty() || comma);
    text += (first ? (comma ? layout.between : "") : "," + layout.between) + one;
  };
  for (const auto& [key, value] : added.members) {
    put(in_place(Document::string(key), DataStyle::kPlain) + layout.colon + to_json(value));
  }
  for (const Document& item : added.items) put(in_place(item, DataStyle::kPlain));
  // Behind the last one, so that the bracket keeps the line that it is on.
  const std::size_t at = comma ? last + rest.find(',') + 1 : last;
  edits_.push_back({at, at, text});
}

std::size_t Editor::line_end_after(std::size_t at) const {
  const std::size_t end = std::min(text_.find('\n', at), text_.size());
  return end > at && text_[end - 1] == '\r' ? end - 1 : end;
}

// Behind the comments that follow and are indented as what is inside: they belong to it.
std::size_t Editor::behind_comments(std::size_t at, std::size_t indent) const {
  for (;;) {
    const std::size_t line = text_.find('\n', at);
    const std::size_t first =
        line == std::string::npos ? std::string::npos : text_.find_first_not_of(' ', line + 1);
    if (first == std::string::npos || text_[first] != '#' || first - line - 1 <= indent) return at;
    at = line_end_after(first);
  }
}

// The column of the keys of a map, or of the dashes of a list.
std::size_t Editor::indent_of(const DataNode& node) const {
  if (node.kind == DataKind::kMap) return node.parts.front().column;
  if (text_[node.start] == '-') return node.column;
  const std::size_t dash = text_.rfind('-', node.parts.front().start);
  const std::size_t line = text_.rfind('\n', dash);
  return line == std::string::npos ? dash : dash - line - 1;
}

std::string Editor::lines(const Document& value, std::size_t indent) const {
  const std::string block = to_yaml(value);
  std::string out;
  for (std::size_t start = 0; start < block.size();) {
    const std::size_t end = block.find('\n', start);
    out += line_end_ + std::string(indent, ' ') + block.substr(start, end - start);
    start = end + 1;
  }
  return out;
}

void Editor::add_to_block(const DataNode& node, const Document& added) {
  const std::size_t indent = indent_of(node);
  const std::size_t at = behind_comments(line_end_after(node.end), indent);
  edits_.push_back({at, at, lines(added, indent)});
}

void Editor::append_document(const Document& wanted, bool first) {
  if (has_tags(wanted)) return refuse("", "a tag cannot be written");
  const bool behind_document = !edits_.empty() && edits_.back().text.ends_with('\n');
  const bool open_line = !behind_document && !text_.empty() && text_.back() != '\n';
  std::string text = open_line ? line_end_ : "";
  if (!first) text += "---" + line_end_;
  std::string block = lines(wanted, 0).substr(line_end_.size()) + line_end_;
  edits_.push_back({text_.size(), text_.size(), text + std::move(block)});
}

Result<std::string> Editor::result() {
  if (error_) return *error_;
  std::stable_sort(edits_.begin(), edits_.end(),
                   [](const Edit& a, const Edit& b) { return a.start < b.start; });
  std::string out;
  std::size_t at = 0;
  for (const Edit& edit : edits_) {
    if (edit.start < at) return Error::invalid("two values stand in one place");
    out += text_.substr(at, edit.start - at) + edit.text;
    at = edit.end;
  }
  return out + text_.substr(at);
}

Error not_edited(const Error& why) {
  return Error::invalid("the actual text cannot be edited so that the rest of it stays: " +
                        why.message + "; edit it by hand, or compare it whole");
}

}  // namespace

Result<std::string> edit_yaml(const std::string& text, const std::vector<Document>& wanted) {
  SB_ASSIGN(const YamlText parsed, parse_yaml_text("the value", text));
  const bool marked = text.starts_with(kByteOrderMark);
  const std::string body = marked ? text.substr(kByteOrderMark.size()) : text;
  Editor editor(body, Editor::Format::kYaml);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (i < parsed.nodes.size()) {
      editor.change(parsed.nodes[i], parsed.documents[i], wanted[i], "");
    } else {
      editor.append_document(wanted[i], i == 0);
    }
  }
  const auto edited = editor.result();
  if (!edited.ok()) return not_edited(edited.error());
  const auto again = parse_yaml_documents("the value", *edited);
  if (again.ok() && *again == wanted) {
    return (marked ? std::string(kByteOrderMark) : "") + *edited;
  }
  return not_edited(Error::invalid(
      "a value is shared by an anchor, or stands where another one cannot take its place"));
}

Result<std::string> edit_json(const std::string& text, const Document& wanted) {
  SB_ASSIGN(const Document found, parse_json(text));
  Editor editor(text, Editor::Format::kJson);
  editor.change(json_nodes(text), found, wanted, "");
  const auto edited = editor.result();
  if (!edited.ok()) return not_edited(edited.error());
  const auto again = parse_json(*edited);
  if (again.ok() && *again == wanted) return *edited;
  return not_edited(Error::invalid("a value stands where another one cannot take its place"));
}

}  // namespace sideband::config
