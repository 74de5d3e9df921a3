// The audit log as strangers check it: without a daemon, in each form, and by a second verifier
// that shares nothing with the product.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

// The binary, with a text on its standard input.
Finished fed(const std::string& words, const std::string& input) {
  const TempDir dir;
  spill(dir.path("in"), input);
  Command command;
  command.argv = {"bash", "-c", "\"$SIDEBAND\" " + words + " < " + dir.path("in")};
  command.env = {{"SIDEBAND", binary()}};
  return run_to_end(std::move(command));
}

Finished alone(Words words) {
  words.insert(words.begin(), binary());
  Command command;
  command.argv = std::move(words);
  return run_to_end(std::move(command));
}

// A daemon with some records in its log, which it was stopped after exporting.
class AuditTools : public testing::Test {
 protected:
  void SetUp() override {
    daemon_.configure(target("source", "files", "root: " + daemon_.path("desired")));
    std::filesystem::create_directories(daemon_.path("desired"));
    daemon_.start();
    note("first");
    ASSERT_EQ(daemon_.cli({"audit", "export", daemon_.path("old")}).code, 0);
    for (int i = 0; i < 20; ++i) note("reason " + std::to_string(i));
    ASSERT_EQ(daemon_.cli({"audit", "export", daemon_.path("records")}).code, 0);
    ASSERT_EQ(daemon_.cli({"audit", "export", "--tiles", daemon_.path("tiles")}).code, 0);
    const Finished proof = daemon_.cli({"audit", "prove", "2"});
    ASSERT_EQ(proof.code, 0) << proof.err;
    spill(daemon_.path("proof"), proof.out);
    key_ = daemon_.public_key();
    daemon_.stop();
  }

  void note(const std::string& reason) {
    const Words words = {"pause", "--reason", reason};
    ASSERT_EQ(daemon_.cli(words).code, 0);
    ASSERT_EQ(daemon_.cli({"resume"}).code, 0);
  }

  int verified(Words words) {
    words.insert(words.begin(), {"audit", "verify"});
    words.insert(words.end(), {"--key", key_});
    last_ = alone(std::move(words));
    return last_.code;
  }

  int second_opinion(const std::string& folder) {
    Command command;
    command.argv = {"python3", std::string(SIDEBAND_SOURCE_DIR) + "/tests/verifier/verify_log.py",
                    folder, key_};
    last_ = run_to_end(std::move(command));
    return last_.code;
  }

  Daemon daemon_;
  std::string key_;
  Finished last_;
};

TEST_F(AuditTools, EachFormIsVerifiedWithoutADaemon) {
  const std::string records = daemon_.path("records"), tiles = daemon_.path("tiles");
  const std::string old_note = daemon_.path("old/checkpoint");
  EXPECT_EQ(verified({records, "--since", old_note}), 0) << last_.err;
  EXPECT_EQ(last_.err, "");
  EXPECT_EQ(verified({records, "--saved-checkpoint", old_note}), 0) << "its name before";
  EXPECT_EQ(verified({"--tiles", tiles, "--since", old_note}), 0) << last_.err;
  EXPECT_EQ(verified({"--tiles", tiles}), 0);
  EXPECT_THAT(last_.err, HasSubstr("--since"));
  EXPECT_EQ(verified({"--proof", daemon_.path("proof")}), 0) << last_.err;
  EXPECT_THAT(last_.out, HasSubstr("proven: the record is in the log"));
  EXPECT_EQ(verified({"--note", records + "/checkpoint"}), 0) << last_.err;
  EXPECT_EQ(verified({"--jsonl", records + "/leaves.jsonl", "--note", records + "/checkpoint",
                      "--since", old_note}),
            0)
      << last_.err;
  EXPECT_EQ(verified({"-o", "json", "--tiles", tiles}), 0);
  const Json said = Json::parse(last_.out);
  EXPECT_EQ(said["leaves"], 42);
  EXPECT_EQ(said["signed"], true);
  EXPECT_EQ(said["recordsChecked"], true);
}

TEST_F(AuditTools, RecordsAloneShowWhatIsNotProven) {
  const std::string path = daemon_.path("records/leaves.jsonl");
  const Finished done = alone({"audit", "verify", "--jsonl", path});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.err, HasSubstr("--note"));
  EXPECT_THAT(done.out, testing::StartsWith("read, unsigned: 42 records"));
  EXPECT_EQ(fed("audit verify --jsonl -", slurp(path)).code, 0);
  EXPECT_EQ(fed("audit verify --jsonl -", "").code, 2) << "no record is no proof";
  EXPECT_EQ(fed("audit verify --jsonl -", "{}\n").code, 9);
  std::string changed = slurp(path);
  changed.replace(changed.find("reason 7"), 8, "reason x");
  spill(daemon_.path("changed"), changed);
  EXPECT_EQ(alone({"audit", "verify", "--jsonl", daemon_.path("changed")}).code, 0)
      << "nothing but a signature tells it";
  EXPECT_EQ(
      verified({"--jsonl", daemon_.path("changed"), "--note", daemon_.path("records/checkpoint")}),
      9);
  EXPECT_EQ(verified({"--jsonl", daemon_.path("old/leaves.jsonl"), "--since",
                      daemon_.path("records/checkpoint")}),
            9)
      << "a cut log";
}

TEST_F(AuditTools, LeavesWithoutARecordAreNotCalledVerifiedRecords) {
  const std::string tiles = daemon_.path("tiles");
  std::filesystem::remove_all(tiles + "/tile/entries");
  EXPECT_EQ(verified({"--tiles", tiles}), 9);
  EXPECT_EQ(verified({"--tiles", tiles, "--hashes-only"}), 0) << last_.err;
  EXPECT_THAT(last_.out, HasSubstr("42 of them by their hash alone"));
  EXPECT_EQ(verified({"-o", "json", "--tiles", tiles, "--hashes-only"}), 0);
  EXPECT_EQ(Json::parse(last_.out)["recordsChecked"], false);
}

TEST_F(AuditTools, WhatCannotBeAskedIsSaid) {
  const std::string records = daemon_.path("records");
  EXPECT_EQ(verified({}), 2);
  EXPECT_EQ(verified({records, "--tiles", records}), 2);
  EXPECT_EQ(verified({records, "--note", records + "/checkpoint"}), 2);
  EXPECT_EQ(verified({"--hashes-only", records}), 2);
  // What would be passed over is refused.
  const std::string note = records + "/checkpoint", proof = daemon_.path("proof");
  EXPECT_EQ(verified({"--note", note, "--since", note}), 2);
  EXPECT_THAT(last_.err, HasSubstr("--since goes with a whole log"));
  EXPECT_EQ(verified({"--proof", proof, "--since", note}), 2);
  EXPECT_EQ(verified({"--proof", proof, "--origin", "other"}), 2);
  EXPECT_EQ(verified({records, "--origin", "other"}), 2);
  EXPECT_THAT(last_.err, HasSubstr("--origin goes with"));
  EXPECT_EQ(verified({"--note", note, "--origin", "other"}), 9);
  EXPECT_EQ(alone({"audit", "verify", records}).code, 2);
  const std::string secret = "PRIVATE+KEY+example.com/log+33d7b496+AeymY";
  for (const std::string& key : {secret, std::string("hunter2")}) {
    const Finished done = alone({"audit", "verify", records, "--key", key});
    EXPECT_EQ(done.code, 2);
    EXPECT_THAT(done.err, Not(HasSubstr(key))) << "it may be a secret";
  }
}

TEST_F(AuditTools, ASecondVerifierAgreesOnEachChange) {
  for (const std::string form : {"records", "tiles"}) {
    const std::string folder = daemon_.path(form);
    const Words words = form == "tiles" ? Words{"--tiles", folder} : Words{folder};
    EXPECT_EQ(verified(words), 0);
    EXPECT_EQ(second_opinion(folder), 0) << last_.err;
    std::size_t tried = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      const std::string file = entry.path().string(), good = slurp(file);
      for (std::size_t i = 0; i < good.size(); i += good.size() / 4 + 1) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ (1 << (tried % 8)));
        spill(file, bad);
        EXPECT_EQ(verified(words), 9) << file << " " << i << last_.out;
        EXPECT_EQ(second_opinion(folder), 9) << file << " " << i << last_.out;
        ++tried;
      }
      spill(file, good);
    }
    EXPECT_GE(tried, 9U);
  }
}

TEST(ProofTool, AnswersByItsExitCode) {
  const std::string leaf = "\"bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\"";
  const auto question = [&](const std::string& index) {
    return R"({"kind":"inclusion","treeSize":1,"leafIndex":)" + index + R"(,"leafHash":)" + leaf +
           R"(,"root":)" + leaf + R"(,"proof":[]})";
  };
  EXPECT_EQ(fed("audit check-proof", question("0")).code, 0);
  EXPECT_EQ(fed("audit check-proof", question("1")).code, 9);
  EXPECT_EQ(fed("audit check-proof", "").code, 2);
  EXPECT_EQ(fed("audit check-proof", std::string(2 << 20, ' ')).code, 2);
}

TEST(TextTools, CanonicalJson) {
  EXPECT_EQ(fed("tool canon", " {\"b\" : 1.50, \"a\":[1E21, \"\\u20ac\"]} \n").out,
            "{\"a\":[1e+21,\"\xe2\x82\xac\"],\"b\":1.5}");
  EXPECT_EQ(fed("tool canon", "\"\\u001b[2J\"").out, "\"\\u001b[2J\"");
  const Finished wrong = fed("tool canon", "{\"a\":1,\"a\":2}");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_EQ(wrong.out, "");
  EXPECT_THAT(wrong.err, HasSubstr("duplicate key a"));
}

TEST(TextTools, ConfigurationsAsTheDaemonReadsThem) {
  EXPECT_EQ(fed("tool yaml", "a: 1\nb: \"1\"\nc: no\nd: [x, null, 1e3, .inf]\n---\ne:\n").out,
            "{\"a\":1,\"b\":\"1\",\"c\":\"no\",\"d\":[\"x\",null,1e3,\".inf\"]}\n{\"e\":null}\n");
  EXPECT_EQ(fed("tool yaml", "").out, "");
  for (const std::string text : {"a: &x 1\n", "a: 1\na: 2\n", "\tb: 1\n", "a: !!int 1\n", "[1"}) {
    const Finished wrong = fed("tool yaml", text);
    EXPECT_EQ(wrong.code, 2) << text;
    EXPECT_THAT(wrong.err, HasSubstr("standard input:")) << text;
    EXPECT_EQ(wrong.out, "") << text;
  }
}

}  // namespace
}  // namespace sideband::e2e
