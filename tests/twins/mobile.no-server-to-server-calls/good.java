package com.example.shop.net;

import android.app.Activity;

public class Backends extends Activity {
    static final String SHOP = "https://api.example.com/v1";
    static final String HELP = "https://firebase.google.com/docs/cloud-messaging";
    static final String SCHEMA = "http://schemas.android.com/apk/res/android";
}
