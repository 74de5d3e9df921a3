// One program, many threads: what is shared is never written to.
#include <atomic>

#include "base/thread.h"
#include "cel/for_tests.h"

namespace sideband::cel {
namespace {

TEST(CelThreads, OneProgramServesAll) {
  const auto program = Program::compile_checked(
      "names.all(n, n.matches('^[a-z]+$')) && "
      "timestamp(0).getHours('Europe/Berlin') == 1 && math.greatest(1, 2) == 2 && count > 1",
      {{"names", Type::list(Type(Kind::kString))}, {"count", Type(Kind::kInt)}});
  ASSERT_TRUE(program.ok()) << program.error().message;
  const std::vector<Value> shared = {Value::list({Value::string("a"), Value::string("b")}),
                                     Value::integer(2)};
  std::atomic<int> held{0};
  {
    std::vector<Thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back("evaluate", [&] {
        for (int round = 0; round < 500; ++round) {
          held += program->evaluate(shared).is_true() ? 1 : 0;
          held += program->explain(shared).value.is_true() ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(held, 4000);
}

}  // namespace
}  // namespace sideband::cel
