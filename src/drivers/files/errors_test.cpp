#include <gmock/gmock.h>

#include <cerrno>

#include "drivers/files/place.h"

namespace sideband {
namespace {

TEST(FilesErrors, K7_2_EachErrnoSaysWhatCanHelp) {
  struct Case {
    int number;
    Retry retry;
  };
  for (const Case& one : std::vector<Case>{{ENOSPC, Retry::kWhenReady},
                                           {EDQUOT, Retry::kWhenReady},
                                           {EROFS, Retry::kWhenReady},
                                           {EACCES, Retry::kPerson},
                                           {EPERM, Retry::kPerson},
                                           {EIO, Retry::kAfter},
                                           {EMFILE, Retry::kAfter},
                                           {ENFILE, Retry::kAfter},
                                           {ENOMEM, Retry::kAfter},
                                           {EINTR, Retry::kAfter},
                                           {EAGAIN, Retry::kAfter},
                                           {ESTALE, Retry::kAfter},
                                           {ETXTBSY, Retry::kAfter},
                                           {EBUSY, Retry::kAfter},
                                           {EXDEV, Retry::kAfter},
                                           {ENOENT, Retry::kNever},
                                           {ELOOP, Retry::kNever},
                                           {ENOTDIR, Retry::kNever},
                                           {ENAMETOOLONG, Retry::kNever}}) {
    const Error error = errno_error(one.number, "writing");
    EXPECT_EQ(error.retry, one.retry) << error.message;
    EXPECT_EQ(error.effect, Effect::kNone);
  }
}

}  // namespace
}  // namespace sideband
