// When a channel is told what, of a reconciler that needs somebody. Pure.
//
// Level-based: what is told follows from what the reconciler is doing now and from what the channel
// knows, so that nothing is lost when nobody looked for a while.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/notice.h"
#include "model/settings.h"

namespace sideband {

// The statuses (policy/status.h) of which a channel can be told.
const std::vector<std::string>& notice_statuses();

// What a reconciler is doing now, where that is one of Channel.when.
struct Matter {
  std::string status;
  std::string why;
};

// What is kept of it after a look; nothing: there is no matter, and nobody has to be told.
std::optional<Notice> notice_after_look(std::optional<Notice> before,
                                        const std::optional<Matter>& matter,
                                        const ChannelSettings& channel, WallTime now);
// Whether what is owed may be told now.
bool notice_is_due(const Notice& notice, WallTime now);
// What is kept before an attempt: the next one comes later, also when this one is never heard of.
Notice notice_begun(Notice notice, WallTime now);
// What is kept once the channel knows it; nothing: the matter is closed.
std::optional<Notice> notice_told(Notice notice, WallTime now);
// What is kept when telling it failed; nothing: it was the end of a matter, and nobody wanted to
// hear of it for a day. `wait`: what the receiver asked for.
std::optional<Notice> notice_failed(Notice notice, const std::string& error, Duration wait,
                                    WallTime now);

// What may stand in the texts of Channel.tell, by name.
const std::vector<std::string>& notice_placeholders();
// The options with these filled in.
Result<DriverOptions> fill_notice(const DriverOptions& tell, const NoticeKey& key,
                                  const Notice& notice, const Labels& labels);

}  // namespace sideband
