// Types as far as an expression is checked before it runs: what is not known is anything (`dyn`),
// and is looked at when it is there.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cel/value.h"

namespace sideband::cel {

class Type {
 public:
  Type() = default;  // anything
  explicit Type(Kind kind) : kind_(kind) {}
  static Type list(Type item);
  static Type map(Type key, Type value);
  static Type optional(Type inner);
  // A map that has these members and no others, each of which may be absent.
  static Type record(std::map<std::string, Type> members);
  // The same, known from one document: has() and .? may ask for members that it did not have.
  static Type sample(std::map<std::string, Type> members);

  // Of a value; of its items what they have in common.
  static Type of(const Value& value);
  // The same, where maps whose keys are strings become samples.
  static Type sample_of(const Value& value);

  [[nodiscard]] bool is_any() const { return !kind_.has_value(); }
  [[nodiscard]] bool is(Kind kind) const { return kind_ == kind; }
  [[nodiscard]] Kind kind() const { return *kind_; }
  [[nodiscard]] bool is_number() const {
    return is(Kind::kInt) || is(Kind::kUint) || is(Kind::kDouble);
  }
  // Of a list its items, of a map its values, of an optional its value.
  [[nodiscard]] Type element() const { return part(0); }
  [[nodiscard]] Type key() const { return part(1); }
  // Nothing where any name may be a member.
  [[nodiscard]] const std::map<std::string, Type>* members() const { return members_.get(); }
  [[nodiscard]] bool is_sample() const { return sample_; }
  // "list(int)", "map(string, dyn)", "dyn".
  [[nodiscard]] std::string text() const;

  // The type of what is of this type or of the other.
  [[nodiscard]] Type either(const Type& other) const;
  // Whether a value of the one may equal a value of the other.
  [[nodiscard]] bool may_equal(const Type& other) const;

 private:
  static Type of(const Value& value, bool samples);
  [[nodiscard]] Type either_record(const Type& other) const;
  [[nodiscard]] Type part(std::size_t i) const {
    return parts_ && i < parts_->size() ? (*parts_)[i] : Type();
  }

  std::optional<Kind> kind_;
  bool sample_ = false;
  std::shared_ptr<const std::vector<Type>> parts_;
  std::shared_ptr<const std::map<std::string, Type>> members_;
};

// What an expression may name; their values are given in this order. A name may have dots.
struct Variable {
  std::string name;
  Type type = {};
};
using Declarations = std::vector<Variable>;

}  // namespace sideband::cel
