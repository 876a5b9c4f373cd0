package com.example.shop;

import android.content.BroadcastReceiver;

public class Paid extends BroadcastReceiver {
}
