package com.example.shop;

import android.media.MediaRecorder;

public class Voice {
    private final MediaRecorder recorder = new MediaRecorder();
}
