#include "drivers/file_access.h"

#include <gtest/gtest.h>

#include "support/process.h"

namespace sideband {
namespace {

// A shell is asked what it makes of it.
TEST(ShellWord, K3_1_IsOneWordWhateverIsInIt) {
  for (const std::string text :
       {"/etc/nginx", "plain", "", "two words", "it's", "a\"b", "$HOME", "`id`", "a;b", "*", "-rf",
        "new\nline", "\\", "'", "''", "~", "naïve", "a&b|c>d"}) {
    Command shell;
    shell.argv = {"/bin/sh", "-c", "printf '%s|' " + shell_word(text)};
    EXPECT_EQ(run_to_end(shell).out, text + "|") << shell_word(text);
  }
  EXPECT_EQ(shell_word("/etc/nginx"), "/etc/nginx") << "what needs no quotes has none";
}

}  // namespace
}  // namespace sideband
