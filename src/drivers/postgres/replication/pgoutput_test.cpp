// Messages of pgoutput as bytes, honest and hostile.
#include "drivers/postgres/replication/pgoutput.h"

#include <gtest/gtest.h>

#include <optional>

namespace sideband {
namespace {

using Keys = std::vector<std::string>;
using Row = std::vector<std::optional<std::string>>;

constexpr std::uint32_t kOurs = 1, kOther = 2, kUnknown = 3, kNew = 4;

std::string number(std::uint64_t value, int bytes) {
  std::string out;
  put_big_endian(out, value, bytes);
  return out;
}

std::string text(const std::string& value) {
  return value + '\0';
}

std::string row(const Row& values) {
  std::string out = number(values.size(), 2);
  for (const auto& value : values) {
    out += value ? "t" + number(value->size(), 4) + *value : "n";
  }
  return out;
}

// Columns "amount" and "id", of which the second is the key.
std::string relation(std::uint32_t id, const std::string& key = "id") {
  return "R" + number(id, 4) + text("shop") + text("prices") + "d" + number(2, 2) + '\0' +
         text("amount") + number(23, 4) + number(~0U, 4) + '\1' + text(key) + number(23, 4) +
         number(~0U, 4);
}

std::string begin(std::uint32_t transaction = 7) {
  return "B" + number(100, 8) + number(0, 8) + number(transaction, 4);
}

std::string commit(std::uint64_t end) {
  return "C" + number(0, 1) + number(end - 1, 8) + number(end, 8) + number(0, 8);
}

std::string insert(std::uint32_t id, const Row& values) {
  return "I" + number(id, 4) + "N" + row(values);
}

std::string erase(std::uint32_t id, const Row& values, char kind = 'K') {
  return "D" + number(id, 4) + kind + row(values);
}

std::string update(std::uint32_t id, const Row& values) {
  return "U" + number(id, 4) + "N" + row(values);
}

std::string update(std::uint32_t id, const Row& before, const Row& values) {
  return "U" + number(id, 4) + "K" + row(before) + "N" + row(values);
}

std::string truncate(std::initializer_list<std::uint32_t> ids) {
  std::string out = "T" + number(ids.size(), 4) + '\0';
  for (const std::uint32_t id : ids) out += number(id, 4);
  return out;
}

// A message inside of a streamed transaction has the number of its transaction behind its kind.
std::string streamed(const std::string& message, std::uint32_t transaction = 9) {
  return message.substr(0, 1) + number(transaction, 4) + message.substr(1);
}

std::string stream_start(std::uint32_t transaction = 9) {
  return "S" + number(transaction, 4) + '\1';
}

std::string stream_commit(std::uint64_t end, std::uint32_t transaction = 9) {
  return "c" + number(transaction, 4) + '\0' + number(end - 1, 8) + number(end, 8) + number(0, 8);
}

class Output : public testing::Test {
 protected:
  Output() { take({relation(kOurs), relation(kOther), relation(kNew)}); }

  PgOutput output(PgForm form) {
    return {{{"id", form}}, [this](std::uint32_t id) { return ask(id); }};
  }
  Result<PgInterest> ask(std::uint32_t id) {
    ++asked_;
    if (id == kOurs) return PgInterest::kKeys;
    if (id == kNew) return visible_ ? PgInterest::kKeys : PgInterest::kLater;
    return PgInterest::kNone;
  }
  void take(const std::vector<std::string>& messages) {
    for (const std::string& message : messages) {
      EXPECT_TRUE(output_.take(message).ok());
    }
  }
  // What a transaction with these messages finds.
  Wake of(const std::vector<std::string>& messages) {
    take({begin()});
    take(messages);
    EXPECT_FALSE(output_.found().any()) << "only the end of a transaction hands anything over";
    take({commit(end_ += 10)});
    EXPECT_EQ(output_.reached(), end_);
    return output_.found().take();
  }
  static Keys keys(const Wake& wake) { return wake.scan ? Keys{"(scan)"} : wake.keys; }

  int asked_ = 0;
  bool visible_ = false;
  std::uint64_t end_ = 1000;
  PgOutput output_ = output(PgForm::kInteger);
};

TEST_F(Output, RowsHaveKeysBeforeAndAfter) {
  EXPECT_EQ(keys(of({insert(kOurs, {"5", "42"})})), Keys{"42"});
  EXPECT_EQ(keys(of({update(kOurs, {"6", "42"})})), Keys{"42"});
  EXPECT_EQ(keys(of({update(kOurs, {{}, "42"}, {"6", "43"})})), (Keys{"42", "43"}));
  EXPECT_EQ(keys(of({erase(kOurs, {{}, "-43"})})), Keys{"-43"});
  EXPECT_EQ(keys(of({erase(kOurs, {"6", "7"}, 'O')})), Keys{"7"});
  EXPECT_EQ(keys(of({insert(kOurs, {"1", "2"}), insert(kOurs, {"1", "2"})})), Keys{"2"});
}

TEST_F(Output, OtherRelationsAreNothing) {
  const Wake wake =
      of({insert(kOther, {"5", "42"}), truncate({kOther}), "O" + number(1, 8) + text("origin")});
  EXPECT_FALSE(wake.any);
}

TEST_F(Output, WhatIsNotKnownIsAScan) {
  EXPECT_TRUE(of({insert(kUnknown, {"5", "42"})}).scan) << "never described";
  EXPECT_TRUE(of({erase(kOurs, {{}, {}})}).scan) << "the key is not what identifies its rows";
  EXPECT_TRUE(of({truncate({kOther, kOurs})}).scan);
  EXPECT_TRUE(of({insert(kOurs, {"5", "042"})}).scan) << "not a key";
  EXPECT_TRUE(of({insert(kOurs, {"5"})}).scan) << "no such column";
  take({relation(kOurs, "number")});
  EXPECT_TRUE(of({insert(kOurs, {"5", "42"})}).scan) << "the key has another name";
  take({relation(kOurs)});
  EXPECT_EQ(keys(of({insert(kOurs, {"5", "42"})})), Keys{"42"});
}

TEST_F(Output, LongKeyThatIsNotSentAgainIsAScan) {
  EXPECT_TRUE(of({"U" + number(kOurs, 4) + "N" + number(2, 2) + "t" + number(1, 4) + "5u"}).scan);
  EXPECT_EQ(keys(of({"U" + number(kOurs, 4) + "O" + row({"4", "42"}) + "N" + number(2, 2) + "t" +
                     number(1, 4) + "5u"})),
            Keys{"42"});
}

TEST_F(Output, KeysHaveTheFormOfTheCollection) {
  struct Case {
    PgForm form;
    std::string sent, key;
  };
  const std::string uuid = "0190163d-8694-739b-aea5-966c26f8ad91";
  for (const auto& [form, sent, key] :
       {Case{PgForm::kUuid, uuid, uuid}, Case{PgForm::kText, "a b'c", "a b'c"},
        Case{PgForm::kBytes, "\\x00ff", std::string("\0\xff", 2)}}) {
    PgOutput typed = output(form);
    for (const std::string& message :
         {relation(kOurs), begin(), insert(kOurs, {"1", sent}), commit(9)}) {
      EXPECT_TRUE(typed.take(message).ok());
    }
    EXPECT_EQ(typed.found().take().keys, Keys{key});
  }
}

// A table that is made in the transaction that is being sent.
TEST_F(Output, RelationThatIsNotThereYetIsAskedForAgain) {
  asked_ = 0;
  EXPECT_TRUE(of({insert(kNew, {"1", "1"}), insert(kNew, {"1", "2"})}).scan);
  EXPECT_EQ(asked_, 1) << "once it is a scan, nothing more has to be known";
  visible_ = true;
  EXPECT_EQ(keys(of({insert(kNew, {"1", "3"})})), Keys{"3"});
}

TEST_F(Output, LargeTransactionsInPiecesCountAtTheirEnd) {
  take({stream_start(), streamed(relation(kOurs)), streamed(insert(kOurs, {"1", "1"})), "E"});
  EXPECT_FALSE(output_.found().any());
  EXPECT_EQ(keys(of({insert(kOurs, {"1", "2"})})), Keys{"2"}) << "others go on in between";
  take({stream_start(), streamed(insert(kOurs, {"1", "3"})), "E", stream_commit(2000)});
  EXPECT_TRUE(output_.found().take().scan);
  EXPECT_EQ(output_.reached(), 2000U);
  EXPECT_EQ(output_.transactions(), (std::deque<std::uint32_t>{7, 9}));

  take({stream_start(10), streamed(insert(kOther, {"1", "1"}), 10), "E", stream_commit(2010, 10)});
  EXPECT_FALSE(output_.found().any()) << "not ours";
  take({stream_start(11), streamed(insert(kOurs, {"1", "1"}), 11), "E",
        "A" + number(11, 4) + number(12, 4), stream_commit(2020, 11)});
  EXPECT_TRUE(output_.found().take().scan) << "only a part of it was rolled back";
  take({stream_start(13), streamed(insert(kOurs, {"1", "1"}), 13), "E",
        "A" + number(13, 4) + number(13, 4)});
  EXPECT_FALSE(output_.found().any()) << "it never happened";
}

TEST_F(Output, MemoryIsBounded) {
  take({begin()});
  for (std::size_t i = 0; i <= kMaxWakeKeys; ++i) {
    take({insert(kOurs, {"1", std::to_string(i)})});
  }
  take({commit(5000)});
  const Wake wake = output_.found().take();
  EXPECT_TRUE(wake.scan);
  EXPECT_TRUE(wake.keys.empty());

  PgOutput texts = output(PgForm::kText);
  for (const std::string& message : {relation(kOurs), begin()}) {
    EXPECT_TRUE(texts.take(message).ok());
  }
  const std::string large(1 << 20, 'x');
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(texts.take(insert(kOurs, {"1", large + std::to_string(i)})).ok());
  }
  EXPECT_TRUE(texts.take(commit(10)).ok());
  EXPECT_TRUE(texts.found().take().scan);
}

// What is forgotten would be told before it can be seen, and whoever looks then concludes that
// nothing changed.
TEST_F(Output, NoTransactionThatIsNotSeenYetIsForgotten) {
  std::uint32_t number = 0;
  bool good = true;
  while (good && number < 100'000) {
    ++number;
    for (const std::string& message :
         {begin(number), insert(kOurs, {"1", "1"}), commit(6000 + number)}) {
      good = good && output_.take(message).ok();
    }
    if (good) {
      EXPECT_EQ(output_.transactions().size(), number);
    }
  }
  EXPECT_FALSE(good);
  EXPECT_EQ(number, 10'001U);
}

// Each message cut at each place, and with each byte changed: never a crash, and a key or a scan is
// found whatever was cut off.
TEST_F(Output, DamagedMessagesAreAScanAndNothingWorse) {
  for (const std::string& good :
       {relation(kOurs), insert(kOurs, {"5", "42"}), update(kOurs, {{}, "42"}, {"6", "43"}),
        erase(kOurs, {{}, "43"}), truncate({kOurs}), commit(3000), stream_commit(3000)}) {
    for (std::size_t size = 0; size < good.size(); ++size) {
      PgOutput damaged = output(PgForm::kInteger);
      for (const std::string& message : {relation(kOurs), begin(), good.substr(0, size)}) {
        EXPECT_TRUE(damaged.take(message).ok());
      }
      EXPECT_TRUE(damaged.found().scan()) << good.front() << " cut at " << size;
    }
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (const char flip : {'\1', '\x7f', '\xff'}) {
        PgOutput damaged = output(PgForm::kInteger);
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ flip);
        for (const std::string& message : {relation(kOurs), begin(), bad, commit(4000)}) {
          EXPECT_TRUE(damaged.take(message).ok());
        }
      }
    }
  }
}

TEST_F(Output, WhoCannotAnswerEndsIt) {
  PgOutput lost({{"id", PgForm::kText}}, [](std::uint32_t) -> Result<PgInterest> {
    return Error::unavailable("the server is gone");
  });
  EXPECT_FALSE(lost.take(relation(kOurs)).ok());
}

}  // namespace
}  // namespace sideband
