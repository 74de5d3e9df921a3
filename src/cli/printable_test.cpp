// Nothing from outside steers the terminal of whoever reads it.
#include "cli/printable.h"

#include <rapidcheck/gtest.h>

#include <sstream>

namespace sideband::cli {
namespace {

TEST(Printable, K12_4_ControlCharactersAreShown) {
  EXPECT_EQ(printable("a\x1b[2Jb"), "a\\u001b[2Jb");
  EXPECT_EQ(printable("\x1b]0;title\x07"), "\\u001b]0;title\\u0007");
  EXPECT_EQ(printable("a\rb\bc\x7f"), "a\\u000db\\u0008c\\u007f");
  EXPECT_EQ(printable("\xc2\x9b[2J"), "\\u009b[2J");
  EXPECT_EQ(printable("\x9b[2J"), "\xef\xbf\xbd[2J");
  EXPECT_EQ(printable("\xe2\x80\xae"), "\\u202e");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\u0000b");
}

TEST(Printable, TextStaysAsItIs) {
  for (const char* text :
       {"plain\n\ttext", "caf\xc3\xa9 \xf0\x9f\x94\xa7", "", "{\"a\":\"\\u001b\"}"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, K12_4_OnlyOurOwnColoursPass) {
  EXPECT_EQ(printable("\x1b[31mred\x1b[0m", true), "\x1b[31mred\x1b[0m");
  EXPECT_EQ(printable("\x1b[31mred\x1b[0m", false), "\\u001b[31mred\\u001b[0m");
  EXPECT_EQ(printable("\x1b[8mhidden", true), "\\u001b[8mhidden");
  EXPECT_EQ(printable("\x1b[31;8mx", true), "\\u001b[31;8mx");
}

TEST(Printable, K12_4_AStreamIsGuardedWhileTheGuardLives) {
  std::ostringstream out;
  {
    const PrintableOutput guard(out, true);
    wipe_line(out);
    out << "\x1b[32m"
        << "key\x1b[2J" << '\r' << 7 << "\x1b[0m\n"
        << std::flush;
  }
  EXPECT_EQ(out.str(), "\r\x1b[K\x1b[32mkey\\u001b[2J\\u000d7\x1b[0m\n");
  out << "\x1b";
  EXPECT_TRUE(out.str().ends_with('\x1b'));
}

RC_GTEST_PROP(PrintableLaws, K12_4_NothingIsPrintedThatSteers, (const std::string& text)) {
  const std::string safe = printable(text);
  RC_ASSERT(printable(safe) == safe);
  for (const char c : safe) {
    RC_ASSERT(c == '\n' || c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
  }
}

}  // namespace
}  // namespace sideband::cli
