from django.http import HttpResponse
from django.views.decorators.clickjacking import xframe_options_deny

X_FRAME_OPTIONS = "DENY"


@xframe_options_deny
def transfer(request):
    return HttpResponse("done")
