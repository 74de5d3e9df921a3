// Speed of the rule language: a typical rule, evaluated and compiled.
//
//   rule_bench [evaluations = 2000000]
//
// Beside it the same condition in C++, on values that are there already.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "cel/program.h"
#include "support.h"

namespace sideband {
namespace {

using cel::Value;

constexpr const char* kRule = "drift.kind == 'changed' && plan.changes > 1000 && size(items) < 5";

cel::Declarations names() {
  const cel::Type text(cel::Kind::kString), number(cel::Kind::kInt);
  return {{"drift", cel::Type::record({{"kind", text}, {"key", text}, {"reconciler", text}})},
          {"plan", cel::Type::record({{"changes", number}, {"extras", number}})},
          {"items", cel::Type::list(text)}};
}

std::vector<Value> values() {
  const auto text = [](const char* word) { return Value::string(word); };
  return {
      Value::map({{text("key"), text("sku-1")},
                  {text("kind"), text("changed")},
                  {text("reconciler"), text("prices")}}),
      Value::map({{text("changes"), Value::integer(1200)}, {text("extras"), Value::integer(0)}}),
      Value::list({text("a"), text("b"), text("c")})};
}

struct Facts {
  std::string kind = "changed";
  std::int64_t changes = 1200;
  std::vector<std::string> items = {"a", "b", "c"};
};

// Nanoseconds of each call of `step`, which tells whether the rule holds.
template <class Step>
double ns_of_each(std::int64_t times, Step&& step) {
  const SystemClock clock;
  const MonoTime start = clock.mono();
  std::int64_t held = 0;
  for (std::int64_t i = 0; i < times; ++i) held += step() ? 1 : 0;
  const double seconds = std::chrono::duration<double>(clock.mono() - start).count();
  if (held != times) die("the rule did not hold");
  return seconds * 1e9 / static_cast<double>(times);
}

int run(std::int64_t times) {
  const auto program = cel::Program::compile_checked(kRule, names());
  if (!program.ok()) die(program.error().message);
  const std::vector<Value> bound = values();
  const Facts facts;
  std::printf("evaluate: %.0f ns\n",
              ns_of_each(times, [&] { return program->evaluate(bound).is_true(); }));
  std::printf("explain: %.0f ns\n",
              ns_of_each(times / 50 + 1, [&] { return program->explain(bound).value.is_true(); }));
  std::printf("compile and check: %.0f ns\n", ns_of_each(times / 50 + 1, [] {
                return cel::Program::compile_checked(kRule, names()).ok();
              }));
  std::printf("the same in C++: %.0f ns\n", ns_of_each(times, [&] {
                asm volatile("" : : "r"(&facts) : "memory");  // it does not know what they hold
                return facts.kind == "changed" && facts.changes > 1000 && facts.items.size() < 5;
              }));
  return 0;
}

}  // namespace
}  // namespace sideband

int main(int argc, char** argv) {
  return sideband::run(argc > 1 ? std::atoll(argv[1]) : 2'000'000);
}
