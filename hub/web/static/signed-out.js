// Where nobody is signed in, nobody is told anything: the browser's push service ends the subscription, and the
// hub hears of it with the next message.
"use strict";

window.device.subscription().then((subscription) => subscription?.unsubscribe());
