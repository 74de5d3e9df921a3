// Text that comes from outside, at the edge of the command line.
#include <gtest/gtest.h>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

class OutsideText : public testing::Test {
 protected:
  // Whatever it does, it ends with a code of ours and sends nothing that steers a terminal.
  Finished run(int code, const Words& words) {
    const Finished done = daemon_.cli(words);
    EXPECT_EQ(done.code, code) << done.out << done.err;
    for (const std::string& text : {done.out, done.err}) {
      EXPECT_EQ(text.find_first_of("\x1b\r\b\x07\x7f"), std::string::npos) << text;
      EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos) << text;
      EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos) << text;
      EXPECT_EQ(text.find("terminate called"), std::string::npos) << text;
    }
    return done;
  }

  Daemon daemon_;
};

TEST_F(OutsideText, K12_1_WhatComesAfterANulByteCounts) {
  const std::string a = daemon_.path("a.json");
  const std::string b = daemon_.path("b.json");
  spill(a, R"({"a":1})");
  spill(b, std::string(R"({"a":1})") + '\0' + R"({"a":2,"evil":true})");
  EXPECT_NE(run(2, {"diff", "--files", a, b}).err.find("a NUL byte"), std::string::npos);
  EXPECT_NE(run(2, {"diff", "--files", b, a}).err.find("a NUL byte"), std::string::npos);
}

TEST_F(OutsideText, K12_1_AReconcilerSeesItToo) {
  spill(daemon_.path("desired/a.json"), R"({"a":1})");
  spill(daemon_.path("nodes/a.json"), std::string(R"({"a":1})") + '\0' + R"({"evil":true})");
  daemon_.configure(target("source", "files", "root: " + daemon_.path("desired")) +
                    target("nodes", "files", "root: " + daemon_.path("nodes")) +
                    reconciler("fleet",
                               "  mode: propose\n"
                               "  desired: {target: source, files: \"*.json\"}\n"
                               "  actual: {target: nodes, files: \"*.json\"}\n"
                               "  detect: {format: json}\n"));
  const Finished done = daemon_.cli({"diff", "fleet"});
  EXPECT_NE(done.code, 0) << done.out << done.err;
}

TEST_F(OutsideText, K12_4_KeysAndNamesDoNotSteerTheTerminal) {
  const std::string evil =
      "\x1b[2J\x1b]0;x\x07\xc2\x9b"
      "1m\xe2\x80\xae\r\b";
  for (const std::string side : {"desired", "nodes"}) {
    spill(daemon_.path(side + "/k" + evil + ".conf"), side + evil + "\n");
    spill(daemon_.path(side + "/d.json"),
          R"({"\u001b[2J)" + side + R"(":"\u001b[2J","\u009b\u202e":")" + side + "\"}");
  }
  daemon_.configure(target("source", "files", "root: " + daemon_.path("desired")) +
                    target("nodes", "files", "root: " + daemon_.path("nodes")) +
                    reconciler("fleet",
                               "  mode: propose\n"
                               "  desired: {target: source, files: \"*\"}\n"
                               "  actual: {target: nodes, files: \"*\"}\n"));
  run(1, {"diff", "fleet"});
  run(0, {"plan", "fleet"});
  run(0, {"-o", "json", "plan", "fleet"});
  run(2, {"plan", "fle" + evil});
  run(2, {"x" + evil});
  const Finished files =
      run(1, {"diff", "--files", daemon_.path("desired/d.json"), daemon_.path("nodes/d.json")});
  EXPECT_NE(files.out.find("\\u001b[2J"), std::string::npos) << files.out;
  spill(daemon_.path("c" + evil + ".yaml"), "a: [\n");
  run(2, {"check", daemon_.path("c" + evil + ".yaml")});
  spill(daemon_.path("e.yaml"), "kind: \"\\e[2J\\x9b\"\n\"\\e[2J\": 1\n");
  run(2, {"check", daemon_.path("e.yaml")});
}

TEST_F(OutsideText, K12_5_FilesThatAreNoneAreAnError) {
  daemon_.configure(target("source", "files", "root: " + daemon_.path("desired")));
  std::filesystem::create_directories(daemon_.path("desired"));
  daemon_.start();
  run(0, {"pause", "--reason", "so that there is a record"});
  const std::string key = daemon_.public_key();
  std::filesystem::create_directories(daemon_.path("log/checkpoint"));
  run(2, {"audit", "verify", "--proof", daemon_.path("log"), "--key", key});
  run(9, {"audit", "verify", daemon_.path("log"), "--key", key});
  run(2, {"audit", "verify", daemon_.path("nowhere"), "--key", key});
  run(2, {"diff", "--files", daemon_.path("log"), daemon_.path("log")});
  for (const char* name : {"checkpoint", "manifest.json", "leaves.jsonl", "leaves.hashes"}) {
    const std::string folder = daemon_.path(std::string("of-") + name);
    run(0, {"audit", "export", folder});
    std::filesystem::remove(folder + "/" + name);
    std::filesystem::create_directory(folder + "/" + name);
    const int code = daemon_.cli({"audit", "verify", folder, "--key", key}).code;
    EXPECT_TRUE(code == 2 || code == 9) << name << " " << code;
  }
  // Its size is looked at before it is read: as a whole it would be 2 GiB.
  const std::string folder = daemon_.path("huge");
  run(0, {"audit", "export", folder});
  std::filesystem::resize_file(folder + "/checkpoint", std::uintmax_t{2} << 30U);
  run(9, {"audit", "verify", folder, "--key", key});
  run(2, {"audit", "verify", "--proof", folder + "/checkpoint", "--key", key});
}

}  // namespace
}  // namespace sideband::e2e
