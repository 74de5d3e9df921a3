// The tree of an expression: what the parser makes, and the resolver finishes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cel/overload.h"
#include "cel/value.h"

namespace re2 {
class RE2;
}

namespace sideband::cel {

// Trees that are higher are refused: each walk through one is a recursion.
inline constexpr std::uint32_t kMaxHeight = 250;

enum class Op : std::uint8_t {
  kConstant,    // `constant`; an error where the resolver found that there is no value
  kName,        // `name`, until the resolver knows what it means
  kVariable,    // number `slot` of what is bound
  kLocal,       // number `slot` of the names that the expression itself binds
  kMember,      // children[0].name
  kHas,         // has(children[0].name)
  kIndex,       // children[0][children[1]]
  kCall,        // name(children...)
  kMemberCall,  // children[0].name(children[1...])
  kEqual,       // children[0] == children[1]
  kNotEqual,
  kMatches,      // children[0].matches(pattern)
  kAnd,          // all children
  kOr,           // any child
  kChoice,       // children[0] ? children[1] : children[2]
  kList,         // [children...]
  kMap,          // {children[0]: children[1], ...}
  kLoop,         // a macro over children[0]
  kBind,         // cel.bind(name, children[0], children[1])
  kOptionalMap,  // children[0].optMap(name, children[1]), or optFlatMap
};

enum class Loop : std::uint8_t {
  kAll,
  kExists,
  kExistsOne,
  kMap,         // [map, filter] children[1] the condition or a constant true, children[2] the item
  kMapEntries,  // transformMap: children[2] is the value for the key
  kMergeEntries,  // transformMapEntry: children[2] is a map of one entry
  kSortBy         // children[2] is what the item is placed by
};

struct Node {
  Op op = Op::kConstant;
  Loop loop = Loop::kAll;
  bool optional = false;        // .? and [?
  bool optional_entry = false;  // ?x in a list, ?k: in a map
  bool two_names = false;       // of a loop: name is the index or key, second_name the value
  bool flat = false;            // optFlatMap
  bool parentheses = false;     // stands in parentheses, as which the source text is shown
  std::uint32_t height = 1;
  std::uint32_t slot = 0;
  std::size_t begin = 0;  // bytes of the source
  std::size_t end = 0;
  std::size_t at = 0;  // of what errors point to: the operator, the name of a function
  Value constant;
  std::string name;
  std::string second_name;
  std::vector<Node> children;
  const Overloads* overloads = nullptr;     // of a call
  std::shared_ptr<const re2::RE2> pattern;  // of kMatches
};

}  // namespace sideband::cel
