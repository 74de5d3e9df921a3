// Tampering with an export: every change is found, and the right index is named.
#include <gmock/gmock.h>

#include <map>
#include <sstream>

#include "audit/verify/leaf_proof.h"
#include "base/bytes.h"
#include "cli/audit_commands.h"
#include "integration/audit/audit_world.h"
#include "support/in_full.h"
#include "support/sqlite_client.h"

namespace sideband {
namespace {

using VerifyTest = AuditWorld;

// SIDEBAND_FULL=1 flips every byte of a short log instead of a sample of a long one's.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST_F(VerifyTest, AGenuineExportPasses) {
  append_steps(1000);
  append({record("intent", 900, 0, 9000)});
  export_to("out");
  const auto report = verify("out", read(path("out/checkpoint")));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->leaves, 1001U);
  EXPECT_EQ(report->open_intents, 1);
}

TEST_F(VerifyTest, EveryFlippedByteIsFoundWithItsIndex) {
  append_steps(in_full() ? 50 : 1000);
  export_to("out");
  const std::string good = read(path("out/leaves.jsonl"));
  const std::size_t stride = in_full() ? 1 : 997;
  std::size_t index = 0, checked = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    if (i % stride == 0) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
      write(path("out/leaves.jsonl"), bad);
      const auto report = verify("out");
      ASSERT_FALSE(report.ok()) << i;
      EXPECT_EQ(report.error().code, ErrorCode::kCorrupt);
      const std::string named = "first bad index " + std::to_string(index) + ":";
      EXPECT_TRUE(report.error().message.starts_with(named)) << report.error().message;
      ++checked;
    }
    if (good[i] == '\n') ++index;
  }
  EXPECT_GT(checked, 100U);
}

TEST_F(VerifyTest, FlippedBytesOfTheOtherFilesAreFoundToo) {
  append_steps(10);
  export_to("out");
  for (const std::string name : {"checkpoint", "manifest.json", "leaves.hashes"}) {
    const std::string good = read(path("out/" + name));
    for (std::size_t i = 0; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
      write(path("out/" + name), bad);
      EXPECT_FALSE(verify("out").ok()) << name << " " << i;
    }
    write(path("out/" + name), good);
  }
  EXPECT_TRUE(verify("out").ok());
}

TEST_F(VerifyTest, DeleteInsertSwapAndCut) {
  append_steps(100);
  export_to("out");
  const std::vector<std::string> good = lines_of(read(path("out/leaves.jsonl")));
  const auto first_bad = [&](const std::vector<std::string>& lines) {
    write(path("out/leaves.jsonl"), joined(lines));
    const auto report = verify("out");
    return report.ok() ? std::string("nothing") : report.error().message.substr(0, 18);
  };
  std::vector<std::string> bad = good;
  bad.erase(bad.begin() + 40);
  EXPECT_EQ(first_bad(bad), "first bad index 40");
  bad = good;
  bad.insert(bad.begin() + 41, record("note", 1, 1, 1));
  EXPECT_EQ(first_bad(bad), "first bad index 41");
  bad = good;
  std::swap(bad[42], bad[77]);
  EXPECT_EQ(first_bad(bad), "first bad index 42");
  bad = good;
  bad.resize(43);
  EXPECT_EQ(first_bad(bad), "first bad index 43");
}

TEST_F(VerifyTest, ACutOrReplacedLogNeedsASavedCheckpoint) {
  append_steps(100);
  export_to("old");
  append({record("intent", 800, 0, 9000)});
  export_to("new");
  const std::string old_note = read(path("old/checkpoint"));
  const std::string new_note = read(path("new/checkpoint"));
  EXPECT_TRUE(verify("new", old_note).ok());
  EXPECT_TRUE(verify("old").ok());             // consistent in itself
  EXPECT_FALSE(verify("old", new_note).ok());  // but cut
  // A log with another history, signed with the same key.
  open_store("other");
  std::filesystem::remove(path("anchor"));
  append({record("intent", 700, 0, 9000)});
  append_steps(200);
  export_to("forged");
  EXPECT_TRUE(verify("forged").ok());
  EXPECT_FALSE(verify("forged", old_note).ok());
}

// Logs of their own, of these records.
class RulesTest : public AuditWorld {
 protected:
  std::string verdict(const std::vector<std::string>& records) {
    const std::string name = std::to_string(++logs_);
    std::filesystem::remove(path("anchor"));
    open_store("s" + name);
    append(records);
    export_to("e" + name);
    const auto report = verify("e" + name);
    return report.ok() ? std::string("ok") : report.error().message.substr(0, 17);
  }
  std::string state(int repair, const std::string& state) {
    return AuditRecord("state", clock_.wall(), "sideband")
        .add("repair", "r" + std::to_string(repair))
        .add("state", state)
        .text();
  }

 private:
  int logs_ = 0;
};

TEST_F(RulesTest, BetweenRecords) {
  const std::string intent = record("intent", 1, 1, 5), outcome = record("outcome", 1, 1, 5);
  EXPECT_EQ(verdict({intent, outcome}), "ok");
  EXPECT_EQ(verdict({intent, record("intent", 1, 1, 6), record("outcome", 1, 1, 6)}), "ok");
  EXPECT_EQ(verdict({outcome}), "first bad index 0");
  EXPECT_EQ(verdict({intent, outcome, outcome}), "first bad index 2");
  EXPECT_EQ(verdict({intent, outcome, record("intent", 1, 2, 4)}), "first bad index 2");
  EXPECT_EQ(verdict({R"({"v":1})"}), "first bad index 0");
  EXPECT_EQ(verdict({R"({"v": 1})"}), "first bad index 0");
}

TEST_F(RulesTest, K10_3_NothingActsOrMovesBehindARepairsEnd) {
  const std::string intent = record("intent", 1, 1, 5), outcome = record("outcome", 1, 1, 5);
  for (const std::string end : {"converged", "needs_human", "cancelled"}) {
    EXPECT_EQ(verdict({intent, outcome, state(1, end)}), "ok") << end;
    EXPECT_EQ(verdict({intent, outcome, state(1, end), record("settle", 1, 1, 5)}), "ok")
        << "people may speak of it";
    EXPECT_EQ(verdict({state(1, end), record("intent", 2, 1, 5)}), "ok") << "another repair";
    EXPECT_EQ(verdict({state(1, end), intent}), "first bad index 1") << end;
    EXPECT_EQ(verdict({intent, state(1, end), outcome}), "first bad index 2") << end;
    EXPECT_EQ(verdict({state(1, end), state(1, "running")}), "first bad index 1") << end;
    EXPECT_EQ(verdict({state(1, end), state(1, end)}), "first bad index 1") << end;
  }
  EXPECT_EQ(verdict({state(1, "running"), intent, outcome, state(1, "running")}), "ok");
}

TEST_F(RulesTest, K12_6_MembersHaveTheirTypes) {
  const auto with = [](const std::string& member, const std::string& json) {
    std::map<std::string, std::string> members = {{"actor", R"("sideband")"},
                                                  {"kind", R"("pause")"},
                                                  {"ts", R"("2023-11-14T22:13:20.000000Z")"},
                                                  {"v", "1"}};
    members[member] = json;
    std::string text;
    for (const auto& [key, value] : members) {
      text += (text.empty() ? "{\"" : ",\"") + key + "\":" + value;
    }
    return text + "}";
  };
  EXPECT_EQ(verdict({with("v", "1")}), "ok");
  for (const auto& [member, json] :
       std::vector<std::pair<std::string, std::string>>{{"ts", "1700000000"},
                                                        {"ts", "null"},
                                                        {"ts", R"("yesterday")"},
                                                        {"ts", R"("")"},
                                                        {"kind", "null"},
                                                        {"kind", R"("")"},
                                                        {"kind", "7"},
                                                        {"kind", "[]"},
                                                        {"actor", "null"},
                                                        {"actor", R"("")"},
                                                        {"actor", "{}"},
                                                        {"v", "2"},
                                                        {"v", R"("1")"},
                                                        {"v", "null"}}) {
    EXPECT_EQ(verdict({with(member, json)}), "first bad index 0") << member << " " << json;
  }
}

// Other signers may sign the same text (C2SP signed-note); what is no signature is none.
TEST_F(VerifyTest, K12_6_LinesBehindOurSignatureAreRead) {
  append_steps(4);
  export_to("out");
  const std::string good = read(path("out/checkpoint"));
  const std::size_t ours = good.find("\n\n") + 2;
  const std::string other = "\xe2\x80\x94 witness.example " + to_base64("key:signature") + "\n";
  const auto verdict = [&](const std::string& note) {
    write(path("out/checkpoint"), note);
    return verify("out").ok();
  };
  EXPECT_TRUE(verdict(good + other));
  EXPECT_TRUE(verdict(std::string(good).insert(ours, other + other)));
  std::string many = good;
  for (int i = 0; i < 20; ++i) many += other;
  EXPECT_TRUE(verdict(many));
  std::string forged = good.substr(ours);
  forged.replace(forged.size() - 6, 3, "AAA");
  const std::string dash = "\xe2\x80\x94 ";
  for (const std::string& line :
       {std::string("garbage\n"), std::string("\n"), std::string("no end"), dash + "\n",
        dash + "name\n", dash + "a name " + to_base64("key:signature") + "\n",
        dash + "a+b " + to_base64("key:signature") + "\n", dash + " " + to_base64("12345") + "\n",
        dash + "name " + to_base64("key:") + "\n", dash + "name !!!!\n",
        dash + "name\t" + to_base64("key:signature") + "\n", other + "\x01", other + "\xff\n",
        forged}) {
    EXPECT_FALSE(verdict(good + line)) << line;
    EXPECT_FALSE(verdict(std::string(good).insert(ours, line))) << line;
  }
}

TEST_F(VerifyTest, K12_6_TheManifestSaysNothingElse) {
  append_steps(4);
  export_to("out");
  const std::string good = read(path("out/manifest.json"));
  for (const std::string more : {R"("a":1,)", R"("faked":true,)"}) {
    write(path("out/manifest.json"), std::string(good).insert(1, more));
    EXPECT_FALSE(verify("out").ok()) << more;
  }
  write(path("out/manifest.json"), good);
  EXPECT_TRUE(verify("out").ok());
}

TEST_F(VerifyTest, K12_6_AProofHasOneForm) {
  append_steps(300);
  export_to("out");
  const LeafProof made = prove_leaf(*store_, 7).value();
  const std::string head = "c2sp.org/tlog-proof@v1\n";
  const std::string rest = made.proof.substr(head.size());
  const auto verdict = [&](const std::string& proof) {
    return check_leaf_proof(made.record, proof, key_).ok();
  };
  ASSERT_TRUE(verdict(head + rest));
  EXPECT_TRUE(verdict(head + "extra " + to_base64("anything") + "\n" + rest));
  for (const std::string& bad :
       {head + "extra !\n" + rest, head + "extra\n" + rest, head + "other YQ==\n" + rest,
        head + "extra YQ==\nextra YQ==\n" + rest, head + "\n" + rest, head + "index 07\n" + rest,
        head + "index 07" + rest.substr(7), head + "index +7" + rest.substr(7),
        head + "index  7" + rest.substr(7), head + "index 7 " + rest.substr(7),
        head + "index 8" + rest.substr(7), head + "index 18446744073709551623" + rest.substr(7),
        head + "index -7" + rest.substr(7), head, std::string()}) {
    EXPECT_FALSE(verdict(bad)) << bad;
  }
}

TEST_F(VerifyTest, ALeafIsProvedAndForgeriesAreNot) {
  append_steps(300);
  export_to("out");
  const auto made = prove_leaf(*store_, 123);
  ASSERT_TRUE(made.ok()) << made.error().message;
  const auto checked = check_leaf_proof(made->record, made->proof, key_);
  ASSERT_TRUE(checked.ok()) << checked.error().message;
  EXPECT_EQ(checked->size, 300U);
  EXPECT_FALSE(check_leaf_proof(record("intent", 5, 5, 5), made->proof, key_).ok());
  for (std::size_t i = 0; i < made->proof.size(); i += 7) {
    std::string bad = made->proof;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EXPECT_FALSE(check_leaf_proof(made->record, bad, key_).ok()) << i;
  }
  EXPECT_EQ(prove_leaf(*store_, 300).error().code, ErrorCode::kNotFound);
}

// What a proof does not need is not read: it may be gone.
TEST_F(VerifyTest, K9_4_AProofReadsFewOfTheLeaves) {
  append_steps(5000);
  export_to("out");
  SqliteClient db(path("state/sideband.db"));
  db.run("delete from leaves where idx < 2304 or idx between 2560 and 4863");
  for (const std::int64_t index : {2304, 2400, 2559, 4864, 4990, 4999}) {
    const auto made = prove_leaf(*store_, index);
    ASSERT_TRUE(made.ok()) << index << " " << made.error().message;
    EXPECT_TRUE(check_leaf_proof(made->record, made->proof, key_).ok()) << index;
  }
  EXPECT_EQ(prove_leaf(*store_, 100).error().code, ErrorCode::kCorrupt);
}

TEST_F(VerifyTest, K9_4_EachLeafIsProvedInATreeOfAnySize) {
  std::int64_t leaves = 0;
  for (const int more : {1, 1, 253, 1, 1, 255, 256, 131, 1500}) {
    append(std::vector<std::string>(static_cast<std::size_t>(more),
                                    record("intent", static_cast<int>(leaves), 0, 1)));
    leaves += more;
    ASSERT_TRUE(checkpointer().value()->sign_now().ok());
    for (std::int64_t index = 0; index < leaves; index += 1 + index % 37) {
      const auto made = prove_leaf(*store_, index);
      ASSERT_TRUE(made.ok()) << index << " of " << leaves << ": " << made.error().message;
      EXPECT_TRUE(check_leaf_proof(made->record, made->proof, key_).ok()) << index;
    }
  }
}

// A build before had no nodes; somebody else may have changed one.
TEST_F(VerifyTest, K9_4_NodesThatAreMissingAreMadeOnceAndWrongOnesProveNothing) {
  append_steps(3000);
  export_to("out");
  SqliteClient db(path("state/sideband.db"));
  const auto nodes = [&] {
    return db.list("select height || '/' || idx || '=' || hex(hash) from audit_nodes");
  };
  const std::vector<std::string> whole = nodes();
  EXPECT_EQ(whole.size(), 11U + 5 + 2 + 1) << "of 256, 512, 1024 and 2048 leaves";
  db.run("delete from audit_nodes");
  const auto made = prove_leaf(*store_, 7);
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_TRUE(check_leaf_proof(made->record, made->proof, key_).ok());
  EXPECT_EQ(nodes(), whole);
  db.run("update audit_nodes set hash = zeroblob(32) where height = 9 and idx = 1");
  EXPECT_EQ(prove_leaf(*store_, 7).error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE(prove_leaf(*store_, 1100).ok()) << "the other half does not need it";
  EXPECT_THAT(prove_leaf(*store_, 7).error().message, testing::HasSubstr("audit_nodes"));
  db.run("delete from audit_nodes");
  EXPECT_TRUE(prove_leaf(*store_, 7).ok()) << "as the message says";
}

TEST_F(VerifyTest, CommandsHaveTheirExitCodes) {
  append_steps(10);
  auto signer = checkpointer().value();
  std::ostringstream out, err;
  EXPECT_EQ(export_log(*store_, path("out")).error().code, ErrorCode::kNotFound);  // none signed
  ASSERT_TRUE(signer->sign_now().ok());
  ASSERT_TRUE(export_log(*store_, path("out")).ok());
  const std::string key = signer->key().verifier_key();
  const auto verified = [&](const cli::AuditVerifyArguments& arguments) {
    return cli::audit_verify_command(arguments, out, err);
  };
  EXPECT_EQ(verified({.folder = path("out"), .key = key}), 0);
  EXPECT_EQ(verified({.folder = path("none"), .key = key}), 2);
  EXPECT_EQ(verified({.folder = path("out"), .key = "nonsense"}), 2);
  const LeafProof leaf = prove_leaf(*store_, 3).value();
  const std::string proof = leaf.record + "\n" + leaf.proof;
  write(path("proof"), proof);
  EXPECT_EQ(verified({.proof = path("proof"), .key = key}), 0);
  write(path("proof"), "{}\n" + proof);
  EXPECT_EQ(verified({.proof = path("proof"), .key = key}), 9);
  write(path("out/leaves.jsonl"), "{}\n");
  err.str("");
  EXPECT_EQ(verified({.folder = path("out"), .key = key}), 9);
  EXPECT_NE(err.str().find("first bad index 0"), std::string::npos) << err.str();
}

}  // namespace
}  // namespace sideband
