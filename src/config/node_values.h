// What the nodes of a text say, as Documents: scalars by the core schema of YAML 1.2.2 (section
// 10.3), aliases followed, merge keys carried out.
#pragma once

#include <map>
#include <string>

#include "config/data_node.h"
#include "config/messages.h"
#include "model/document.h"

namespace sideband::config {

// What aliases may make of one text, in values and in bytes of scalars: without these limits a few
// lines say more than fits into any memory.
inline constexpr std::size_t kMaxAliasedNodes = 200'000;
inline constexpr std::size_t kMaxAliasedBytes = 16 << 20;

// A plain scalar: null, ~ and nothing are null; true and false booleans; whole and floating numbers
// numbers; everything else is text.
Document typed_scalar(const std::string& text);

// Reads the documents of one text in their order. Not thread-safe.
//
// Tags of the core schema (!!str, !!int, ...) decide what a scalar is. A value with another tag is
// a map of one member, named by the tag: `!Ref a` becomes {"!Ref": "a"}; a map of one member that
// is written so is refused, so that the two are never taken for each other.
class NodeValues {
 public:
  explicit NodeValues(Messages& messages) : messages_(messages) {}

  // The value of a whole document. Wrong tags, unknown aliases, keys that are no text or stand
  // twice, and more than the limits allow are messages; the answer means nothing then.
  Document of_document(const DataNode& node);

 private:
  struct Anchored {
    Document value;
    std::size_t nodes = 0;
    std::size_t bytes = 0;
    std::size_t depth = 0;
  };

  Document value_of(const DataNode& node, std::size_t depth);
  Document untagged(const DataNode& node, std::size_t depth);
  Document map_of(const DataNode& node, std::size_t depth);
  Document alias_of(const DataNode& node, std::size_t depth);
  Document tagged(const DataNode& node, Document value);
  Document tagged_scalar(const DataNode& node);
  std::string key_of(const DataNode& node, std::size_t depth);
  void merge(const DataNode& node, const Document& from, Document& into);
  bool charge(const DataNode& node, std::size_t nodes, std::size_t bytes);
  Document wrong(const DataNode& node, std::string text);

  Messages& messages_;
  std::map<std::string, Anchored> anchors_;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace sideband::config
