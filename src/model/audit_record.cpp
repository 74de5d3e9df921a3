#include "model/audit_record.h"

#include <fmt/format.h>

#include "model/document.h"

namespace sideband {
namespace {

// How much is left of a record that is too large: less each time.
struct Bound {
  std::size_t text;
  std::size_t items;
};
constexpr Bound kBounds[] = {{2048, 256}, {512, 64}, {256, 16}, {256, 4}};

void shrink(Document& node, const Bound& bound) {
  if (node.kind == Document::Kind::kString) node.text = clip_text(node.text, bound.text);
  for (Document& item : node.items) shrink(item, bound);
  for (auto& [key, value] : node.members) shrink(value, bound);
  if (node.items.size() > bound.items) {
    const std::string rest = fmt::format("... ({} items)", node.items.size());
    node.items.resize(bound.items);
    node.items.push_back(Document::string(rest));
  }
}

// What is left of a record whose lists are deeper than any of ours: the members that verification
// pairs records by are texts and numbers.
void keep_scalars(Document& record) {
  for (auto& [key, value] : record.members) {
    const bool nested = value.kind == Document::Kind::kList || value.kind == Document::Kind::kMap;
    if (nested) value = Document::string("... (too large)");
  }
}

}  // namespace

std::string clip_record(std::string record) {
  if (record.size() <= kMaxAuditRecord) return record;
  const auto parsed = parse_json(record);
  SB_CHECK(parsed.ok());
  Document smaller;
  for (const Bound& bound : kBounds) {
    smaller = *parsed;
    shrink(smaller, bound);
    record = to_json(smaller);
    if (record.size() <= kMaxAuditRecord) return record;
  }
  keep_scalars(smaller);
  record = to_json(smaller);
  SB_CHECK(record.size() <= kMaxAuditRecord);
  return record;
}

}  // namespace sideband
