// Any bytes as an expression: reading, checking, evaluating and explaining it ends, and always with
// the same value.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "cel/program.h"
#include "cel/value_text.h"

namespace {

using sideband::cel::Declarations;
using sideband::cel::Kind;
using sideband::cel::Program;
using sideband::cel::Type;
using sideband::cel::Value;

const Declarations& names() {
  static const Declarations kNames = {
      {"i", Type(Kind::kInt)}, {"s", Type(Kind::kString)}, {"l"}, {"m"}, {"u"}};
  return kNames;
}

const std::vector<Value>& values() {
  static const std::vector<Value> kValues = {
      Value::integer(7), Value::string("text"),
      Value::list({Value::integer(1), Value::unknown({"item"}), Value::number(1.5)}),
      Value::map({{Value::string("a"), Value::boolean(true)}, {Value::integer(1), Value()}}),
      Value::unknown({"u"})};
  return kValues;
}

std::string text_of(const Value& value) {
  return sideband::cel::value_text(value, 4096);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string source(reinterpret_cast<const char*>(data), size);
  constexpr std::uint64_t kLimit = 20'000;
  (void)Program::compile_checked(source, names(), Type(Kind::kBool));
  const auto program = Program::compile(source, names());
  if (!program.ok()) return 0;
  const Value value = program->evaluate(values(), kLimit);
  if (value.is(Kind::kError)) (void)program->error_text(value);
  SB_CHECK(text_of(program->evaluate(values(), kLimit)) == text_of(value));
  SB_CHECK(text_of(program->explain(values(), kLimit).value) == text_of(value));
  return 0;
}
