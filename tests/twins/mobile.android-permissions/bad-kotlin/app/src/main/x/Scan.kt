package com.example.shop

import android.hardware.camera2.CameraManager

class Scan(private val cameras: CameraManager) {
    fun first(): String = cameras.cameraIdList.first()
}
