.class public Lcom/example/shop/Some;
.super Ljava/lang/Object;
.implements Ljavax/net/ssl/HostnameVerifier;

.field inner:Ljavax/net/ssl/HostnameVerifier;

.method public verify(Ljava/lang/String;Ljavax/net/ssl/SSLSession;)Z
    .locals 1
    iget-object v0, p0, Lcom/example/shop/Some;->inner:Ljavax/net/ssl/HostnameVerifier;
    invoke-interface {v0, p1, p2}, Ljavax/net/ssl/HostnameVerifier;->verify(Ljava/lang/String;Ljavax/net/ssl/SSLSession;)Z
    move-result v0
    return v0
.end method
