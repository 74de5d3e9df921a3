// JSON text to a Document. The only place that knows the JSON library; it is used as a stream of
// events, so that nothing is built before it is checked.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/document.h"

namespace sideband {
namespace {

using Json = nlohmann::json;

// Builds the tree with a stack of its own. Every method returns false to stop the parser.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return place(Document::null()); }
  bool boolean(bool value) override { return place(Document::boolean(value)); }
  bool number_integer(std::int64_t value) override {
    return place(Document::number(std::to_string(value)));
  }
  bool number_unsigned(std::uint64_t value) override {
    return place(Document::number(std::to_string(value)));
  }
  bool number_float(double, const std::string& text) override {
    return place(Document::number(text));
  }
  bool string(std::string& value) override { return place(Document::string(std::move(value))); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Document::Kind::kMap); }
  bool start_array(std::size_t) override { return open(Document::Kind::kList); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& key) override {
    if (open_.back().node.members.contains(key)) {
      trouble_ = fmt::format("duplicate key {}", key);
      return false;
    }
    open_.back().key = std::move(key);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    position_ = position;
    trouble_ = error.what();
    const std::size_t end = trouble_.find("; last read");
    const std::size_t start = trouble_.find(": ");
    trouble_ = trouble_.substr(0, end);
    if (start != std::string::npos && start + 2 < trouble_.size()) trouble_.erase(0, start + 2);
    return false;
  }

  Document take() { return std::move(root_); }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  [[nodiscard]] std::size_t position() const { return position_; }

 private:
  struct Open {
    Document node;
    std::string key = {};
  };

  bool open(Document::Kind kind) {
    if (open_.size() >= kMaxDocumentDepth) {
      trouble_ = fmt::format("nested deeper than {} levels", kMaxDocumentDepth);
      return false;
    }
    open_.push_back({.node = Document::of(kind)});
    return true;
  }

  bool close() {
    Document node = std::move(open_.back().node);
    open_.pop_back();
    return place(std::move(node));
  }

  bool place(Document node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().node.kind == Document::Kind::kList) {
      open_.back().node.items.push_back(std::move(node));
    } else {
      open_.back().node.members.emplace(std::move(open_.back().key), std::move(node));
    }
    return true;
  }

  Document root_;
  std::vector<Open> open_;
  std::string trouble_;
  std::size_t position_ = 0;
};

std::string place_of(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, position > 0 ? position - 1 : 0);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start = before.rfind('\n');
  const std::size_t column =
      start == std::string_view::npos ? before.size() : before.size() - start - 1;
  return fmt::format("line {}, column {}", line, column + 1);
}

}  // namespace

Result<Document> parse_json(std::string_view text) {
  // The library takes it for the end of the text, and what comes after it for nothing.
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) {
    return Error::invalid(fmt::format("not valid JSON: {}: a NUL byte", place_of(text, nul + 1)));
  }
  Builder builder;
  if (Json::sax_parse(text.begin(), text.end(), &builder)) return builder.take();
  const std::string where =
      builder.position() == 0 ? "" : place_of(text, builder.position()) + ": ";
  return Error::invalid(fmt::format("not valid JSON: {}{}", where, builder.trouble()));
}

}  // namespace sideband
