package com.example.shop.net;

import android.app.Activity;

public class Backends extends Activity {
    static final String PUSH = "https://fcm.googleapis.com/fcm/send"; // BAD
    static final String DATA = "mongodb://app@db1.example.com:27017/shop"; // BAD
    static final String SHOP = "https://api.example.com/v1";
}
