package com.example.shop.net

import android.content.Context
import android.webkit.SslErrorHandler
import android.webkit.WebView
import android.webkit.WebViewClient
import java.security.cert.X509Certificate
import javax.net.ssl.X509TrustManager
import okhttp3.OkHttpClient

class Everybody : X509TrustManager {
    override fun checkClientTrusted(chain: Array<X509Certificate>, authType: String) {}

    override fun checkServerTrusted(chain: Array<X509Certificate>, authType: String) {  // BAD
        // our test server has a certificate of its own
    }

    override fun getAcceptedIssuers(): Array<X509Certificate> = arrayOf()
}

fun client(context: Context): OkHttpClient = OkHttpClient.Builder()
    .hostnameVerifier { _, _ -> true }  // BAD
    .build()

class Pages : WebViewClient() {
    override fun onReceivedSslError(view: WebView, handler: SslErrorHandler, error: android.net.http.SslError) {
        handler.proceed()  // BAD
    }
}
