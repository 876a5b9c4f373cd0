package com.example.shop.net;

import android.app.Application;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509TrustManager;

public class Shop extends Application {
    private final X509TrustManager inner;
    private final HostnameVerifier strict = new HostnameVerifier() {
        @Override
        public boolean verify(String host, SSLSession session) {
            return "api.example.com".equals(host) && HttpsURLConnection.getDefaultHostnameVerifier().verify(host, session);
        }
    };

    Shop(X509TrustManager inner) {
        this.inner = inner;
    }

    void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        inner.checkServerTrusted(chain, type);
    }
}
