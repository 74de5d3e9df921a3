#include "base/thread.h"

#include <pthread.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace sideband {

Thread::Thread(std::string name, std::function<void()> body)
    : thread_([name = std::move(name), body = std::move(body)] {
        pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
        try {
          body();
        } catch (const std::exception& error) {
          std::fprintf(stderr, "thread %s ended by an exception: %s\n", name.c_str(), error.what());
          std::abort();
        }
      }) {}

void Thread::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace sideband
