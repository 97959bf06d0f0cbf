// Moved: the task module needs it too.
#pragma once
#include <yot_run/task/waker_slot.hpp>
