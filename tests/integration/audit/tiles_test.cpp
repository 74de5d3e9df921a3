// Logs as tiles: ours, changed in every place, and one that another implementation made.
#include <gmock/gmock.h>

#include <filesystem>

#include "audit/verify/tiles.h"
#include "base/bytes.h"
#include "integration/audit/audit_world.h"
#include "merkle/tiles.h"

namespace sideband {
namespace {

using testing::HasSubstr;

class TilesTest : public AuditWorld {
 protected:
  void export_tiles_to(const std::string& name) {
    auto signer = checkpointer();
    ASSERT_TRUE(signer.ok()) << signer.error().message;
    ASSERT_TRUE((*signer)->sign_now().ok());
    const auto done = export_tiles(*store_, path(name));
    ASSERT_TRUE(done.ok()) << done.error().message;
  }

  // Records of repairs that were not there before.
  void append_more(int count) {
    std::vector<std::string> records;
    for (int i = 0; i < count; ++i) records.push_back(record("intent", 10'000 + i, 0, 1));
    append(records);
  }

  Result<VerifyReport> verify_tiled(const std::string& name,
                                    std::optional<std::string> saved = std::nullopt) {
    VerifyTilesRequest request{path(name), key_};
    request.saved_note = std::move(saved);
    return verify_tiles(request);
  }

  std::string found(const std::string& name) {
    const auto report = verify_tiled(name);
    return report.ok() ? "nothing" : report.error().message;
  }

  // What is found once `file` of the log `name` has this content, or is gone.
  std::string found_with(const std::string& name, const std::string& file,
                         const std::optional<std::string>& content) {
    const std::string whole = path(name + "/" + file), good = read(whole);
    if (content) {
      write(whole, *content);
    } else {
      std::filesystem::remove(whole);
    }
    std::string said = found(name);
    write(whole, good);
    return said;
  }
};

TEST_F(TilesTest, AGenuineLogPasses) {
  append_steps(700);
  append({record("intent", 900, 0, 9000)});
  export_tiles_to("out");
  const auto report = verify_tiled("out", read(path("out/checkpoint")));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->leaves, 701U);
  EXPECT_EQ(report->open_intents, 1);
  EXPECT_FALSE(report->foreign);
  EXPECT_EQ(report->without_record, 0U);
  for (const char* file : {"tile/0/000", "tile/0/001", "tile/0/002.p/189", "tile/1/000.p/2",
                           "tile/entries/000", "tile/entries/002.p/189"}) {
    EXPECT_TRUE(std::filesystem::exists(path(std::string("out/") + file))) << file;
  }
  EXPECT_FALSE(std::filesystem::exists(path("out/tile/2")));
}

TEST_F(TilesTest, BothFormsHaveTheSameRoot) {
  append_steps(300);
  export_tiles_to("tiles");
  ASSERT_TRUE(export_log(*store_, path("records")).ok());
  EXPECT_EQ(verify_tiled("tiles")->root, verify("records")->root);
}

TEST_F(TilesTest, T4_EveryFlippedByteIsFound) {
  append_steps(300);
  export_tiles_to("out");
  std::size_t checked = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path("out"))) {
    if (!entry.is_regular_file()) continue;
    const std::string file = std::filesystem::relative(entry.path(), path("out")).string();
    const std::string good = read(entry.path().string());
    for (std::size_t i = 0; i<good.size(); i += good.size()> 500 ? 211 : 1) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
      EXPECT_NE(found_with("out", file, bad), "nothing") << file << " " << i;
      ++checked;
    }
  }
  EXPECT_GT(checked, 300U);
  EXPECT_EQ(found("out"), "nothing");
}

TEST_F(TilesTest, T4_AChangedEntryIsNamed) {
  append_steps(300);
  export_tiles_to("out");
  const std::string good = read(path("out/tile/entries/001.p/44"));
  std::size_t at = 0, index = kTileWidth;
  while (at < good.size()) {
    const std::size_t length = static_cast<unsigned char>(good[at]) * kTileWidth +
                               static_cast<unsigned char>(good[at + 1]);
    const std::string named = "first bad index " + std::to_string(index) + ":";
    std::string bad = good;
    bad[at + 2 + length / 2] ^= 1;
    EXPECT_THAT(found_with("out", "tile/entries/001.p/44", bad), HasSubstr(named));
    bad = good;
    bad[at + 1] ^= 1;  // its length
    EXPECT_THAT(found_with("out", "tile/entries/001.p/44", bad), HasSubstr(named));
    at += 2 + length;
    ++index;
  }
  EXPECT_EQ(index, 300U);
}

TEST_F(TilesTest, CutAndLongerFilesAreFound) {
  append_steps(300);
  export_tiles_to("out");
  for (const std::string file : {"tile/entries/000", "tile/entries/001.p/44", "tile/0/000",
                                 "tile/0/001.p/44", "tile/1/000.p/1"}) {
    const std::string good = read(path("out/" + file));
    for (const std::string& bad :
         {std::string(), good.substr(0, good.size() - 1), good.substr(0, good.size() / 2),
          good + std::string(1, '\0'), good + good, good + std::string(32, 'x')}) {
      EXPECT_NE(found_with("out", file, bad), "nothing") << file << " " << bad.size();
    }
    EXPECT_THAT(found_with("out", file, std::nullopt), HasSubstr("missing")) << file;
  }
  std::filesystem::remove(path("out/tile/0/000"));
  std::filesystem::create_directory(path("out/tile/0/000"));
  EXPECT_EQ(verify_tiled("out").error().code, ErrorCode::kCorrupt);
}

TEST_F(TilesTest, AFullTileDoesForAPartialOne) {
  append_steps(200);
  export_tiles_to("old");
  append_more(100);
  export_tiles_to("new");
  const std::string old_note = read(path("old/checkpoint"));
  ASSERT_TRUE(verify_tiled("new", old_note).ok());
  // As a log looks that has thrown away its partial tiles.
  write(path("new/checkpoint"), old_note);
  EXPECT_EQ(found("new"), "nothing");
}

TEST_F(TilesTest, MissingEntriesAreNoProofUnlessTheTreeIsAskedForAlone) {
  append_steps(700);
  export_tiles_to("out");
  VerifyTilesRequest tree_alone{path("out"), key_};
  tree_alone.hashes_only = true;
  EXPECT_EQ(verify_tiles(tree_alone)->without_record, 0U);
  std::filesystem::remove(path("out/tile/entries/002.p/188"));
  EXPECT_THAT(found("out"), HasSubstr("first bad index 512"));
  EXPECT_EQ(verify_tiles(tree_alone)->without_record, 188U);
  std::filesystem::remove_all(path("out/tile/entries"));
  EXPECT_THAT(found("out"), HasSubstr("first bad index 0"));
  EXPECT_EQ(verify_tiles(tree_alone)->without_record, 700U);
  std::string hashes = read(path("out/tile/0/001"));
  hashes[40] ^= 1;
  write(path("out/tile/0/001"), hashes);
  EXPECT_FALSE(verify_tiles(tree_alone).ok());
}

TEST_F(TilesTest, T5_ACutOrReplacedLogNeedsASavedCheckpoint) {
  append_steps(300);
  export_tiles_to("old");
  append_more(10);
  export_tiles_to("new");
  const std::string old_note = read(path("old/checkpoint")),
                    new_note = read(path("new/checkpoint"));
  EXPECT_TRUE(verify_tiled("new", old_note).ok());
  EXPECT_TRUE(verify_tiled("old").ok());
  EXPECT_THAT(verify_tiled("old", new_note).error().message, HasSubstr("was cut"));
  open_store("other");
  std::filesystem::remove(path("anchor"));
  append_more(1);
  append_steps(400);
  export_tiles_to("forged");
  EXPECT_TRUE(verify_tiled("forged").ok());
  EXPECT_THAT(verify_tiled("forged", old_note).error().message, HasSubstr("equivocation"));
}

TEST_F(TilesTest, ExportsNeverReplaceOrFollow) {
  append_steps(10);
  export_tiles_to("out");
  EXPECT_EQ(export_tiles(*store_, path("out")).error().code, ErrorCode::kConflict);
  EXPECT_EQ(found("out"), "nothing");
  std::filesystem::create_directories(path("trap"));
  std::filesystem::create_directories(path("elsewhere"));
  std::filesystem::create_directory_symlink(path("elsewhere"), path("trap/tile"));
  EXPECT_FALSE(export_tiles(*store_, path("trap")).ok());
  EXPECT_TRUE(std::filesystem::is_empty(path("elsewhere")));
  EXPECT_FALSE(std::filesystem::exists(path("trap/checkpoint"))) << "what was begun is removed";
  EXPECT_EQ(export_tiles(*store_, path("state/tiles"), path("state")).error().code,
            ErrorCode::kInvalid);
}

// The log of 15 leaves, with a checkpoint of each size, that lies in testdata/log of Tessera 1.0.4
// (Apache-2.0, https://github.com/transparency-dev/tessera).
class ForeignLog : public TilesTest {
 protected:
  static constexpr std::string_view kKey =
      "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
  static constexpr std::string_view kOrigin = "example.com/log/testdata";

  void SetUp() override {
    AuditWorld::SetUp();
    key_ = *parse_verifier_key(kKey);
  }

  // The log as it was with `size` leaves.
  std::string make(std::size_t size) {
    const std::string name = "log" + std::to_string(size);
    const std::string partial = "/000.p/" + std::to_string(size);
    std::string entries, hashes;
    for (std::size_t i = 0; i < size; ++i) {
      const std::string word = kWords.at(i);
      entries += {'\0', static_cast<char>(word.size())};
      entries += word;
      hashes += as_bytes(leaf_hash(word));
    }
    for (const auto& [level, content] : {std::pair("entries", entries), std::pair("0", hashes)}) {
      const std::string folder = path(name + "/tile/" + level);
      std::filesystem::create_directories(folder + "/000.p");
      if (size > 0) write(folder + partial, content);
    }
    write(path(name + "/checkpoint"), note(size));
    return name;
  }

  static std::string note(std::size_t size) {
    const auto& [root, signature] = kHeads.at(size);
    return std::string(kOrigin) + "\n" + std::to_string(size) + "\n" + root + "\n\n\xe2\x80\x94 " +
           std::string(kOrigin) + " " + signature + "\n";
  }

 private:
  static const std::vector<std::string> kWords;
  static const std::vector<std::pair<std::string, std::string>> kHeads;
};

const std::vector<std::string> ForeignLog::kWords = {
    "one",  "two", "three",  "four",  "five",     "six",     "seven", "eit",
    "nain", "ten", "ileven", "twelf", "threeten", "fourten", "fivten"};

const std::vector<std::pair<std::string, std::string>> ForeignLog::kHeads = {
    {"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
     "M9e0lhxJACzE1KoUdqKuPa+9p6R7dSW8BlEvrg/noo8FkGg6PbJoRNOc"
     "djqjOq89wVvTA60eubCc4oufo5BvIVEgtQc="},
    {"0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek=",
     "M9e0lhr9kuLxGdAtaUrhm84TQffVsLdcy808sN0a3WyniNlfcr9+bywo"
     "iIke1YYciCNjJGkCgIlQ8b16jhsmg/SChAM="},
    {"T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4=",
     "M9e0llH4NKmlf0u7C8tkJioQOmi7l5ELqljXgKRg6R3G5JJ7vx7emDWo"
     "5fpqKuA/Dk/jRrI6il+7QCVirNhyUAWGoAk="},
    {"Wqx3HImawpLnS/Gv4ubjAvi1WIOy0b8Ze0amvqbavKk=",
     "M9e0lvAQRtH832pk2RTbeSeZMkp4FZSdJYFBUjO5SKxuRbywPUF3cx+H"
     "Urb50kjd3rUWW/fj53Wj1dwcwh9bGQnqVAg="},
    {"zY1lN35vrXYAPixXSd59LsU29xUJtuW4o2dNNg5Y2Co=",
     "M9e0lnFuWt0cp60moO4jAkeXvMNLIIOGn4WdyeHQurBt9mBi0tWdfkld"
     "iAt9k0FpwuZymvttsVn9uwyouXU3vPpeNAc="},
    {"gy5gl3aksFyiCO95a/1vLXz88A3dRq+0l9Sxte8ZqZQ=",
     "M9e0lmn5eDHyHP10zJObZdFAX2y1V8fdDKBi4IiHbDYf1TCUBwxZOhqw"
     "v2QZCqrdda2zTRTrmnwjwscN5RBTEmZUYAs="},
    {"a6sWvsc2eEzmj72vah7mZ5dwFltivehh2b11qwlp5Jg=",
     "M9e0ln+nHSdGSHEZBcjvqyYDXDbG8WxDwCDjbbGAMv/NTynAtJWhckSX"
     "IpuwpN3yJ4PTtzUbD34YGqIZr6RgJRn16gU="},
    {"IrSXADBqJ7EQoUODSDKROySgNveeL6CFhik2w/+fS7U=",
     "M9e0luA5JhTRUki/BBQD0QNiH6AEJ2pdtsA5CQjqJErViuuKrN6513RC"
     "TL2640wXJv0dCed3neRGI6dMzBq9uANf2Qc="},
    {"bC+VwvrJbalNVjfkdI8kUgs7mJoXrqiXCE7bgnD28pY=",
     "M9e0lq1EK37dHtgv9O3UzPxisw5vwIPcJsX9ab0xt4mvVfbdUR1fbMjN"
     "6sBFYpBoBEmD4+cWhj/AVgI5MitCO5+mews="},
    {"CvhHViE3S9E3htHLR+25mapWoGCJ3WckMq1UtC3VmEY=",
     "M9e0ls3mdnWX0qk4P3uGG0eYiFRWSwPR+RdeD1ARmrHPHjXP0x9UJWAS"
     "PFTOTqJo0mp7Epck2O9RFB0J9IjDdAewagw="},
    {"y8/gZsZCtitsMan09tY+k8I7Qpr7Y5fbO2tLi9GQnfU=",
     "M9e0lrmwaVEOWFZ+HS5ITnRd2YMOSWE5QeoYu+6DHwJLnJ+SVeJ2ZiYe"
     "D7lVC5oGJx76gbfLSyCUEq6D8JkarrsuiQQ="},
    {"Yok1cS5VdokGLBy73BC2I16b3atss6KBN9jnIi6Fz/A=",
     "M9e0lqbRtWirJwbUy4w3VrK2RyzfW8P+OIkc8t6b6AVG/tQd1Q2SN+uC"
     "LYzNNFnf/PhzeCdURSGQe1MRnohCxPu21wg="},
    {"uZo6M+IhVna+CLgWCrJs0xBPUHbozHkYTQASduHSLME=",
     "M9e0lrFzoTgi+ovhrqX0DpsEAp3wLu1coMLIkeCwSkGfS4Ox4pLXo2LH"
     "udqm4merh0ZkCNzHr8kQwq5gS5mmimIvdA4="},
    {"av0kLH0VkkVDrTuZzBGIx7d9z5G1l/GlKz/nAV/8woQ=",
     "M9e0liO8x8xfEOGmZVYODUjQajkEpjccPQ9EkG3yEEDet4K3BWE/DFRP"
     "H6H+b6gFFFaG5KS1bBmYS/xeZJs8lj+z+wM="},
    {"SvCd38yNade7xEPY1a/aAc1M3A2AHYVF8lIiUnsH1ao=",
     "M9e0lu8roIpjC+NXEG7JDkajIahoYDYWgxDtxfx/6rzLoztU9t/PvivZ"
     "48xt8ygJpjzaboSpkbVv3Jb+D3NdXWQf5wo="},
    {"rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=",
     "M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+CKubMt53"
     "MvIt/uEWP6zdkdIQzd/fmwlM/dlPWF74ewI="},
};

TEST_F(ForeignLog, T2_IsVerifiedAtEachSize) {
  for (std::size_t size = 0; size <= 15; ++size) {
    const std::string name = make(size);
    for (std::size_t saved = 0; saved <= size; ++saved) {
      const auto report = verify_tiled(name, note(saved));
      ASSERT_TRUE(report.ok()) << size << " since " << saved << ": " << report.error().message;
      EXPECT_EQ(report->leaves, size);
      EXPECT_EQ(report->foreign.has_value(), size > 0) << "its leaves are words";
    }
    if (size < 15) {
      EXPECT_FALSE(verify_tiled(name, note(size + 1)).ok());
    }
  }
}

TEST_F(ForeignLog, IsRefusedUnderAnotherName) {
  const std::string name = make(15);
  const auto as = [&](const std::string& origin) {
    VerifyTilesRequest request{path(name), key_};
    request.origin = origin;
    return verify_tiles(request);
  };
  EXPECT_TRUE(as(std::string(kOrigin)).ok());
  EXPECT_THAT(as("example.com/other").error().message, HasSubstr("is of the log"));
  key_.name = "example.com/other";
  EXPECT_FALSE(verify_tiled(name).ok());
}

}  // namespace
}  // namespace sideband
