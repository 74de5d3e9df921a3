// What a command may put out, and how it may end: output of any bytes, without an end or cut at
// each of its bytes; a child that lives on; a process that stops or kills itself.
#include <gtest/gtest.h>

#include <iostream>

#include "base/bytes.h"
#include "conformance/answers/faults.h"
#include "conformance/answers/in_time.h"
#include "conformance/answers/within_bounds.h"
#include "drivers/exec/driver.h"
#include "support/in_full.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

constexpr std::size_t kOutputSample = 150;

class ExecAnswers : public testing::Test {
 protected:
  Result<OperationReply> run(const std::string& script, Duration timeout, bool json = false) {
    TargetSettings target;
    target.name = "host";
    target.connect = {{"commands", "/bin/sh"}, {"directory", dir_.path()}, {"grace", "50ms"}};
    ExecDriver driver(answers_context());
    const auto operation = std::move(driver.operation(target)).value();
    OperationRequest request;
    request.key = "k";
    request.options = {{"argv", "/bin/sh\n-c\n" + script}};
    if (json) request.options["output"] = "json";
    auto reply = in_time("run", timeout, [&](Duration limit) {
      request.timeout = limit;
      return operation->run(request);
    });
    bounds_.expect();
    return reply;
  }
  // An object within its size, whatever was put out.
  static void expect_output(const OperationReply& reply) {
    EXPECT_LE(reply.output.size(), kMaxOperationOutput);
    EXPECT_TRUE(reply.output.starts_with('{') && reply.output.ends_with('}'));
    EXPECT_EQ(reply.output.find('\0'), std::string::npos);
  }

  TempDir dir_;
  WithinBounds bounds_;
};

TEST_F(ExecAnswers, OfAnOutputThatIsCutOrSpoiltAtEachByte) {
  const std::string good = R"({"n":1,"list":[true,null,-1.5e3],"text":"a\u00e9\n"})";
  const auto all = faults_of_bytes({{0, good}});
  const auto chosen = in_full() ? all : sample_of(all, kOutputSample);
  for (const AnswerFault& fault : chosen) {
    SCOPED_TRACE(described(fault));
    std::string bytes = good.substr(0, fault.at);
    if (fault.kind == AnswerFault::Kind::kReplace) {
      bytes = std::string(good).replace(fault.at, fault.drop, fault.bytes);
    }
    spill(dir_.path("output"), bytes);
    const auto reply = run("cat output", std::chrono::seconds(20), true);
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    EXPECT_EQ(reply->outcome.outcome, Outcome::kChanged);
    expect_output(*reply);
  }
  std::cout << "exec: " << chosen.size() << " faults of " << good.size() << " bytes, "
            << bounds_.grown() << " KiB of memory more at most\n";
}

TEST_F(ExecAnswers, OfAnOutputWithoutAnEnd) {
  for (const char* script :
       {"cat /dev/zero", "yes", "cat /dev/zero >&2", "yes >&2 & yes", "while :; do echo; done",
        "printf '{\"a\":'; while :; do printf '['; done"}) {
    SCOPED_TRACE(script);
    const auto reply = run(script, std::chrono::milliseconds(300));
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().effect, Effect::kMaybe);
  }
}

TEST_F(ExecAnswers, OfACommandThatEndsOddly) {
  for (const char* script :
       {"kill -9 $$", "kill -STOP $$", "exec >&- 2>&-; sleep 100", "sleep 100 & exit 5",
        "trap '' TERM INT HUP; sleep 100", "ulimit -v 1; cat", "kill -SEGV $$", "exec /nowhere"}) {
    SCOPED_TRACE(script);
    const auto reply = run(script, std::chrono::milliseconds(500));
    EXPECT_TRUE(!reply || !is_settled(reply->outcome));
    if (reply) expect_output(*reply);
  }
  const auto lives_on = run("sleep 100 & exit 0", std::chrono::milliseconds(500));
  EXPECT_TRUE(!lives_on || lives_on->outcome.outcome == Outcome::kChanged);
}

}  // namespace
}  // namespace sideband
