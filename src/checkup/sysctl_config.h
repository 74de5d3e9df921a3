// What sysctl.d files ask for. https://www.freedesktop.org/software/systemd/man/sysctl.d.html
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checkup/finding.h"
#include "checkup/tree.h"

namespace sideband::scan {

struct SysctlSetting {
  std::string path;       // below /proc/sys: "net/ipv4/ip_forward"; may be a pattern
  std::string value;      // words with one blank between them
  bool exclude = false;   // "-key" alone: patterns do not reach this key
  bool optional = false;  // "-key = value": the kernel may lack it
  std::string from;       // "/etc/sysctl.d/10-x.conf:3"
};

struct SysctlWishes {
  std::vector<SysctlSetting> settings;  // patterns expanded, one a key, the last one that counts
  std::int64_t files = 0;
  std::vector<Gap> gaps;
};

// "net.ipv4.conf.eth0/100.forwarding" → "net/ipv4/conf/eth0.100/forwarding". Empty when the key
// would leave /proc/sys.
std::string sysctl_path(std::string_view key);
// The opposite, as sysctl prints keys.
std::string sysctl_key(const std::string& path);
// Blanks made even, so that "4\t4\t1\t7\n" is "4 4 1 7".
std::string sysctl_value(std::string_view text);
// Whether both are the same to the kernel: word by word, numbers in any base, "1,2,3" as "1-3".
bool same_sysctl_value(const std::string& a, const std::string& b);

// Lines that are none become gaps.
std::vector<SysctlSetting> parse_sysctl(std::string_view text, const std::string& file,
                                        std::vector<Gap>& gaps);

SysctlWishes read_sysctl_wishes(const Tree& tree);

}  // namespace sideband::scan
